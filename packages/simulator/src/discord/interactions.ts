import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import type { CommandRegistry } from './rest/commands.ts';
import { invalidForm, outdatedCommand, required, REST_ERRORS, type RestError } from './rest/errors.ts';
import { idText, objectsIn } from './ids.ts';
import type { FileStore, PendingUpload } from './file-store.ts';
import type { Hub } from './hub.ts';
import type { Channel, DiscordAccount, InteractionFacts, Message } from './model.ts';

/** A checked request of a user to an application. */
export interface Interaction {
  readonly id: string;
  readonly nonce: string | null;
  /** The application that is asked. */
  readonly applicationId: string;
  readonly account: DiscordAccount;
  readonly channel: Channel;
  readonly facts: InteractionFacts;
  readonly action:
    | { type: 'command'; name: string; options: ReadonlyMap<string, string>; uploads: ReadonlyMap<string, NamedUpload> }
    | { type: 'component'; message: Message; customId: string; values: readonly string[] }
    | { type: 'modal'; modal: OpenModal; fields: ReadonlyMap<string, string> };
}

export interface NamedUpload extends PendingUpload {
  filename: string;
  /** `<uuid>/<filename>`, as the upload was reserved. */
  uploadName: string;
}

/** A text form that the application showed and the user has not sent yet. */
export interface OpenModal {
  /** The id of the interaction that opened it. */
  readonly id: string;
  readonly customId: string;
  readonly fields: readonly string[];
  readonly userId: string;
  readonly trigger: InteractionFacts;
  /** The message with the button that opened the form. */
  readonly message: Message;
}

export interface Modals {
  open(modal: OpenModal): void;
  /** Removes a form that was sent: a form is sent once. */
  close(id: string): void;
  find(id: string): OpenModal | undefined;
}

const MAX_OPEN_MODALS = 500;

export function createModals(): Modals {
  const open = new Map<string, OpenModal>();
  return {
    open(modal) {
      open.set(modal.id, modal);
      for (const oldestId of open.keys()) {
        if (open.size <= MAX_OPEN_MODALS) break;
        open.delete(oldestId);
      }
    },
    close: (id) => void open.delete(id),
    find: (id) => open.get(id),
  };
}

export interface InteractionContext {
  hub: Hub;
  files: FileStore;
  commands: CommandRegistry;
  modals: Modals;
  nextId: () => string;
}

type Result = { interaction: Interaction } | { error: RestError };
type Common = Omit<Interaction, 'action' | 'facts'>;

/**
 * Checks a POST /interactions as Discord does before an application gets it. It consumes no upload and no form, so that a request
 * which is refused later can be repeated; `acceptInteraction` consumes them. Source: discord-userdoccers, interactions; discord-api-docs, error codes.
 */
export function readInteraction(body: JsonObject, account: DiscordAccount, context: InteractionContext): Result {
  const { type, application_id: applicationId, channel_id: channelId, guild_id: guildId, nonce, session_id: sessionId, data } = body;
  if (type !== 2 && type !== 3 && type !== 5) return fail(invalidForm(['type'], 'BASE_TYPE_CHOICES', 'Value must be one of {2, 3, 5}.'));
  if (typeof applicationId !== 'string') return fail(required('application_id'));
  if (!context.commands.knows(applicationId)) return fail(REST_ERRORS.unknownIntegration);
  if (typeof channelId !== 'string') return fail(required('channel_id'));
  if (typeof sessionId !== 'string') return fail(required('session_id'));
  if (!isJsonObject(data)) return fail(required('data'));
  const nonceText = idText(nonce);
  if (nonceText !== null && nonceText.length > 25)
    return fail(invalidForm(['nonce'], 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.'));
  const channel = context.hub.channel(channelId);
  if (!channel) return fail(REST_ERRORS.unknownChannel);
  if (!context.hub.canSee(account, channel)) return fail(REST_ERRORS.missingAccess);
  if (typeof guildId === 'string' && guildId !== channel.guildId) return fail(REST_ERRORS.unknownGuild);
  const common: Common = { id: context.nextId(), nonce: nonceText, applicationId, account, channel };
  if (type === 2) return readCommand(data, common, context);
  return type === 3 ? readComponent(body, data, common, context) : readModal(data, common, context);
}

function readCommand(data: JsonObject, common: Common, { commands, files }: InteractionContext): Result {
  const command = typeof data['id'] === 'string' ? commands.find(data['id']) : undefined;
  if (command?.applicationId !== common.applicationId) return fail(REST_ERRORS.unknownCommand);
  if (data['version'] !== command.version || data['name'] !== command.name) return fail(outdatedCommand);
  const given = objectsIn(data['options']);
  const subcommand = given.find((option) => option['type'] === 1);
  const specs = subcommand
    ? command.options.find((option) => option.type === 1 && option.name === subcommand['name'])?.options
    : command.options;
  if (!specs || (!subcommand && specs.some((spec) => spec.type === 1))) return fail(required('data', 'options', '0'));
  const inner = subcommand ? objectsIn(subcommand['options']) : given;
  const options = new Map<string, string>();
  const uploads = new Map<string, NamedUpload>();
  for (const [index, option] of inner.entries()) {
    const spec = specs.find((candidate) => candidate.name === option['name'] && candidate.type === option['type']);
    const value = idText(option['value']);
    if (!spec || value === null)
      return fail(invalidForm(['data', 'options', String(index)], 'APPLICATION_COMMAND_INVALID_OPTION', 'This option is not known'));
    if (spec.type === 3) options.set(spec.name, value);
    if (spec.type === 3 && spec.choices && !spec.choices.some((choice) => choice.value === value))
      return fail(invalidForm(['data', 'options', String(index), 'value'], 'BASE_TYPE_CHOICES', 'Value is not one of the choices.'));
    if (spec.type === 11) {
      const upload = attachmentOf(data['attachments'], value, files);
      if (!upload)
        return fail(
          invalidForm(
            ['data', 'attachments', String(index)],
            'INTERACTION_APPLICATION_COMMAND_INVALID_ATTACHMENT',
            'The file was not uploaded',
          ),
        );
      uploads.set(spec.name, upload);
    }
  }
  const missing = specs.find((spec) => spec.required && !options.has(spec.name) && !uploads.has(spec.name));
  if (missing)
    return fail(invalidForm(['data', 'options'], 'APPLICATION_COMMAND_OPTION_REQUIRED', `The option ${missing.name} is required`));
  const name = subcommand ? `${command.name} ${idText(subcommand['name']) ?? ''}` : command.name;
  const facts: InteractionFacts = { id: common.id, type: 2, name, user: common.account.user };
  return { interaction: { ...common, facts, action: { type: 'command', name, options, uploads } } };
}

/** Consumes the uploaded files of an interaction and the form that it answers. */
export function acceptInteraction({ action }: Interaction, { files, modals }: Pick<InteractionContext, 'files' | 'modals'>): void {
  if (action.type === 'command') for (const { uploadName } of action.uploads.values()) files.dropUpload(uploadName);
  if (action.type === 'modal') modals.close(action.modal.id);
}

/** The uploaded file that an option's value points to: attachment ids may be numbers or strings. */
function attachmentOf(list: JsonValue | undefined, id: string, files: FileStore): NamedUpload | undefined {
  const entry = objectsIn(list).find((candidate) => idText(candidate['id']) === id);
  const name = entry?.['uploaded_filename'];
  if (typeof name !== 'string') return undefined;
  const upload = files.peekUpload(name);
  return upload && { ...upload, uploadName: name, filename: idText(entry?.['filename']) ?? 'image.png' };
}

function readComponent(body: JsonObject, data: JsonObject, common: Common, { hub }: InteractionContext): Result {
  const { message_id: messageId } = body;
  const customId = data['custom_id'];
  if (typeof messageId !== 'string') return fail(required('message_id'));
  if (typeof customId !== 'string') return fail(required('data', 'custom_id'));
  const message = hub.find(common.channel.id, messageId);
  const { user } = common.account;
  if (!message || (message.ephemeralFor !== null && message.ephemeralFor !== user.id)) return fail(REST_ERRORS.unknownMessage);
  if (message.author.bot && message.author.id !== common.applicationId) return fail(REST_ERRORS.unknownIntegration);
  const component = message.rows.flat().find((candidate) => candidate.customId === customId);
  const wanted = component?.kind === 'select' ? 3 : 2;
  if (!component || data['component_type'] !== wanted)
    return fail(invalidForm(['data'], 'COMPONENT_VALIDATION_FAILED', 'Component validation failed'));
  const values = Array.isArray(data['values']) ? data['values'].flatMap((value) => idText(value) ?? []) : [];
  const facts: InteractionFacts = { id: common.id, type: 3, user, messageId };
  return { interaction: { ...common, facts, action: { type: 'component', message, customId, values } } };
}

function readModal(data: JsonObject, common: Common, { modals }: InteractionContext): Result {
  const { id, custom_id: customId, components } = data;
  const modal = typeof id === 'string' ? modals.find(id) : undefined;
  if (!modal || modal.userId !== common.account.user.id) return fail(REST_ERRORS.unknownInteraction);
  if (customId !== modal.customId)
    return fail(invalidForm(['data', 'custom_id'], 'COMPONENT_VALIDATION_FAILED', 'Component validation failed'));
  const inputs = objectsIn(components).flatMap((row) => objectsIn(row['components']));
  const fields = new Map(inputs.map((input) => [idText(input['custom_id']) ?? '', idText(input['value']) ?? '']));
  if (modal.fields.some((field) => !fields.has(field))) return fail(required('data', 'components'));
  const facts: InteractionFacts = { id: common.id, type: 5, user: common.account.user, trigger: modal.trigger };
  return { interaction: { ...common, facts, action: { type: 'modal', modal, fields } } };
}

const fail = (error: RestError): Result => ({ error });
