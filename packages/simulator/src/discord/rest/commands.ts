/** Option types: 1 sub-command, 3 string, 11 attachment. Source: discord-api-docs, application commands. */
export interface CommandOption {
  type: 1 | 3 | 11;
  name: string;
  description: string;
  required?: boolean;
  choices?: { name: string; value: string }[];
  options?: CommandOption[];
}

export interface ApplicationCommand {
  id: string;
  applicationId: string;
  name: string;
  description: string;
  options: CommandOption[];
  version: string;
}

/** An application that registers commands. */
export interface RegisteredApplication {
  id: string;
  name: string;
  commands: readonly Omit<ApplicationCommand, 'applicationId'>[];
  /** True while its commands stand in the index of servers, channels and users. */
  isListed: () => boolean;
}

/** The commands of all applications, and how often they were registered anew. */
export interface CommandRegistry {
  /** False for an application that Discord does not have. */
  knows(applicationId: string): boolean;
  /** The applications of the index; one application where an id is given, listed or not. */
  applications(applicationId?: string): { id: string; name: string }[];
  /** The commands of these applications, in the same sequence. */
  list(applicationId?: string): ApplicationCommand[];
  find(id: string): ApplicationCommand | undefined;
  /** A new version for every command, as when an application registers them again: older versions are refused from now on. */
  bump(): void;
}

export function createCommandRegistry(registered: readonly RegisteredApplication[]): CommandRegistry {
  let bumps = 0n;
  const chosen = (applicationId?: string): RegisteredApplication[] =>
    registered.filter(({ id, isListed }) => (applicationId === undefined ? isListed() : id === applicationId));
  const commandsOf = ({ id, commands }: RegisteredApplication): ApplicationCommand[] =>
    commands.map((command) => ({ ...command, applicationId: id, version: String(BigInt(command.version) + bumps) }));
  return {
    knows: (applicationId) => registered.some(({ id }) => id === applicationId),
    applications: (applicationId) => chosen(applicationId).map(({ id, name }) => ({ id, name })),
    list: (applicationId) => chosen(applicationId).flatMap(commandsOf),
    find: (id) => registered.flatMap(commandsOf).find((command) => command.id === id),
    bump() {
      // Far enough that no command meets an older version of another.
      bumps += 4_194_304_000n;
    },
  };
}

export const toWireCommand = (command: ApplicationCommand): object => ({
  id: command.id,
  application_id: command.applicationId,
  version: command.version,
  type: 1,
  name: command.name,
  description: command.description,
  default_member_permissions: null,
  dm_permission: true,
  nsfw: false,
  options: command.options,
  integration_types: [0, 1],
  contexts: [0, 1, 2],
  global_popularity_rank: 1,
});

/** Source: discord-userdoccers, command index. */
export const toWireIndex = (registry: CommandRegistry, applicationId?: string): object => ({
  applications: registry
    .applications(applicationId)
    .map(({ id, name }) => ({ id, name, description: '', icon: null, bot_id: id, flags: 0 })),
  application_commands: registry.list(applicationId).map(toWireCommand),
  version: registry.list(applicationId)[0]?.version ?? '0',
});
