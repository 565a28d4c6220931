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

/** The commands of one application, and how often they were registered anew. */
export interface CommandRegistry {
  application: { id: string; name: string };
  list(): ApplicationCommand[];
  find(id: string): ApplicationCommand | undefined;
  /** A new version for every command, as when an application registers them again: older versions are refused from now on. */
  bump(): void;
}

export function createCommandRegistry(
  application: { id: string; name: string },
  commands: readonly Omit<ApplicationCommand, 'applicationId'>[],
): CommandRegistry {
  let bumps = 0n;
  const current = (command: Omit<ApplicationCommand, 'applicationId'>): ApplicationCommand => ({
    ...command,
    applicationId: application.id,
    version: String(BigInt(command.version) + bumps),
  });
  return {
    application,
    list: () => commands.map(current),
    find: (id) => {
      const command = commands.find((candidate) => candidate.id === id);
      return command && current(command);
    },
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
  options: command.options,
  integration_types: [0, 1],
  contexts: [0, 1, 2],
  global_popularity_rank: 1,
});

/** Source: discord-userdoccers, command index. */
export const toWireIndex = (registry: CommandRegistry): object => ({
  applications: [
    {
      id: registry.application.id,
      name: registry.application.name,
      description: '',
      icon: null,
      bot_id: registry.application.id,
      flags: 0,
    },
  ],
  application_commands: registry.list().map(toWireCommand),
  version: registry.list()[0]?.version ?? '0',
});
