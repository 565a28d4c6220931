import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type {
  APIApplication,
  APIApplicationCommand,
  APIAttachment,
  APIButtonComponentWithCustomId,
  APIButtonComponentWithURL,
  APIDMChannel,
  APIGuild,
  APIGuildMemberNoUser,
  APIMessage,
  APIMessageInteraction,
  APIMessageInteractionMetadata,
  APIMessageReference,
  APIRole,
  APITextChannel,
  APIUser,
  GatewayGuildCreateDispatchData,
  GatewayMessageCreateDispatchData,
  GatewayMessageDeleteDispatchData,
  GatewayMessageReactionAddDispatchData,
  GatewayReadyDispatchData,
} from 'discord-api-types/v10';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { createTestSimulator, openTestSocket, type TestSimulator } from '@atelier/simulator/testing';

/** The members of an object that Discord always sends, by the types of its documentation. */
type AlwaysPresent<Shape> = { [Key in keyof Shape]-?: object extends Pick<Shape, Key> ? never : Key }[keyof Shape];
/** Names exactly these members: one too few or one too many does not compile. */
type Fields<Shape> = Record<AlwaysPresent<Shape> & string, true>;
/** Members that Discord sends though its documentation calls them optional. */
type Also<Key extends string> = Record<Key, true>;

const USER = { id: true, username: true, discriminator: true, global_name: true, avatar: true } satisfies Fields<APIUser>;
const MESSAGE = {
  id: true,
  channel_id: true,
  author: true,
  content: true,
  timestamp: true,
  edited_timestamp: true,
  tts: true,
  mention_everyone: true,
  mentions: true,
  mention_roles: true,
  attachments: true,
  embeds: true,
  pinned: true,
  type: true,
  flags: true,
  components: true,
} satisfies Fields<APIMessage> & Also<'flags' | 'components'>;
const MESSAGE_EVENT = { ...MESSAGE, channel_type: true } satisfies Fields<GatewayMessageCreateDispatchData> & Also<'channel_type'>;
const MEMBER = { roles: true, flags: true, joined_at: true, deaf: true, mute: true } satisfies Fields<APIGuildMemberNoUser>;
const ATTACHMENT = {
  id: true,
  filename: true,
  size: true,
  url: true,
  proxy_url: true,
  content_type: true,
} satisfies Fields<APIAttachment> & Also<'content_type'>;
const BUTTON = { type: true, style: true, custom_id: true } satisfies Fields<APIButtonComponentWithCustomId>;
const LINK_BUTTON = { type: true, style: true, url: true } satisfies Fields<APIButtonComponentWithURL>;
const INTERACTION = { id: true, type: true, name: true, user: true } satisfies Fields<APIMessageInteraction>;
const METADATA = {
  id: true,
  type: true,
  user: true,
  authorizing_integration_owners: true,
} satisfies Fields<APIMessageInteractionMetadata>;
const REFERENCE = { channel_id: true, message_id: true, type: true } satisfies Fields<APIMessageReference> & Also<'message_id' | 'type'>;
const DELETION = { id: true, channel_id: true } satisfies Fields<GatewayMessageDeleteDispatchData>;
const REACTION = {
  user_id: true,
  channel_id: true,
  message_id: true,
  emoji: true,
  burst: true,
  type: true,
} satisfies Fields<GatewayMessageReactionAddDispatchData>;
const READY = {
  v: true,
  user: true,
  guilds: true,
  session_id: true,
  resume_gateway_url: true,
  application: true,
} satisfies Fields<GatewayReadyDispatchData>;
const ROLE = {
  id: true,
  name: true,
  color: true,
  colors: true,
  hoist: true,
  position: true,
  permissions: true,
  managed: true,
  mentionable: true,
  flags: true,
} satisfies Fields<APIRole>;
const GUILD = {
  id: true,
  name: true,
  icon: true,
  splash: true,
  discovery_splash: true,
  owner_id: true,
  afk_channel_id: true,
  afk_timeout: true,
  verification_level: true,
  default_message_notifications: true,
  explicit_content_filter: true,
  roles: true,
  emojis: true,
  features: true,
  mfa_level: true,
  application_id: true,
  system_channel_id: true,
  system_channel_flags: true,
  rules_channel_id: true,
  vanity_url_code: true,
  description: true,
  banner: true,
  premium_tier: true,
  preferred_locale: true,
  public_updates_channel_id: true,
  nsfw_level: true,
  premium_progress_bar_enabled: true,
  hub_type: true,
  safety_alerts_channel_id: true,
  incidents_data: true,
} satisfies Fields<APIGuild>;
const GUILD_CREATE = {
  ...GUILD,
  joined_at: true,
  large: true,
  member_count: true,
  voice_states: true,
  members: true,
  channels: true,
  threads: true,
  presences: true,
  stage_instances: true,
  guild_scheduled_events: true,
  soundboard_sounds: true,
} satisfies Fields<GatewayGuildCreateDispatchData>;
const CHANNEL = { id: true, type: true, name: true, position: true, guild_id: true } satisfies Fields<APITextChannel> & Also<'guild_id'>;
const DIRECT_CHANNEL = { id: true, type: true, name: true, recipients: true } satisfies Fields<APIDMChannel> & Also<'recipients'>;
const COMMAND = {
  id: true,
  type: true,
  application_id: true,
  name: true,
  description: true,
  default_member_permissions: true,
  version: true,
} satisfies Fields<APIApplicationCommand>;
const APPLICATION = {
  id: true,
  name: true,
  icon: true,
  description: true,
  bot_public: true,
  bot_require_code_grant: true,
  verify_key: true,
  team: true,
  flags: true,
  flags_new: true,
  summary: true,
  owner: true,
} satisfies Fields<APIApplication> & Also<'owner'>;

const objects = (value: JsonObject, key: string): JsonObject[] => listAt(value, key).filter(isJsonObject);

function has(value: JsonValue | undefined, fields: Record<string, true>, name: string): JsonObject {
  assert.ok(isJsonObject(value), `${name} is ${JSON.stringify(value)}`);
  const missing = Object.keys(fields).filter((field) => value[field] === undefined);
  assert.deepEqual(missing, [], `${name} lacks members: ${JSON.stringify(value).slice(0, 500)}`);
  return value;
}

/** Checks a message and every object in it. */
function checkMessage(value: JsonObject, name: string, fields: Record<string, true> = MESSAGE): void {
  const message = has(value, fields, name);
  has(message['author'], USER, `${name}.author`);
  for (const user of objects(message, 'mentions')) has(user, USER, `${name}.mentions`);
  for (const file of objects(message, 'attachments')) has(file, ATTACHMENT, `${name}.attachments`);
  for (const button of objects(message, 'components').flatMap((row) => objects(row, 'components')))
    has(button, button['style'] === 5 ? LINK_BUTTON : BUTTON, `${name}.components`);
  if (message['interaction'] !== undefined)
    has(objectAt(has(message['interaction'], INTERACTION, `${name}.interaction`), 'user'), USER, name);
  if (message['interaction_metadata'] !== undefined)
    has(objectAt(has(message['interaction_metadata'], METADATA, `${name}.interaction_metadata`), 'user'), USER, name);
  if (message['message_reference'] !== undefined) has(message['message_reference'], REFERENCE, `${name}.message_reference`);
  if (isJsonObject(message['referenced_message'])) checkMessage(message['referenced_message'], `${name}.referenced_message`);
}

function checkGuild(value: JsonObject, name: string): void {
  const guild = has(value, GUILD_CREATE, name);
  for (const role of objects(guild, 'roles')) has(role, ROLE, `${name}.roles`);
  for (const channel of objects(guild, 'channels')) has(channel, CHANNEL, `${name}.channels`);
  for (const member of objects(guild, 'members')) has(has(member, MEMBER, `${name}.members`)['user'], USER, `${name}.members.user`);
}

/** A check for every event of a run; an event without one fails the test. */
const EVENTS: Record<string, (d: JsonObject) => void> = {
  READY(d) {
    has(has(d, READY, 'READY')['user'], USER, 'READY.user');
    has(
      d['application'],
      { id: true, flags: true, flags_new: true } satisfies Fields<GatewayReadyDispatchData['application']>,
      'READY.application',
    );
    for (const guild of objects(d, 'guilds')) checkGuild(guild, 'READY.guilds');
    for (const channel of objects(d, 'private_channels')) has(channel, DIRECT_CHANNEL, 'READY.private_channels');
  },
  READY_SUPPLEMENTAL: (d) =>
    void has(d, { guilds: true, merged_members: true, merged_presences: true, lazy_private_channels: true }, 'READY_SUPPLEMENTAL'),
  GUILD_CREATE: (d) => checkGuild(d, 'GUILD_CREATE'),
  CHANNEL_CREATE: (d) => void has(d, DIRECT_CHANNEL, 'CHANNEL_CREATE'),
  MESSAGE_CREATE(d) {
    checkMessage(d, 'MESSAGE_CREATE', MESSAGE_EVENT);
    if (d['guild_id'] !== undefined) has(d['member'], MEMBER, 'MESSAGE_CREATE.member');
  },
  MESSAGE_UPDATE: (d) => checkMessage(d, 'MESSAGE_UPDATE', MESSAGE_EVENT),
  MESSAGE_DELETE: (d) => void has(d, DELETION, 'MESSAGE_DELETE'),
  MESSAGE_REACTION_ADD: (d) => void has(d, REACTION, 'MESSAGE_REACTION_ADD'),
  INTERACTION_CREATE: (d) => void has(d, { id: true, nonce: true }, 'INTERACTION_CREATE'),
  INTERACTION_SUCCESS: (d) => void has(d, { id: true, nonce: true }, 'INTERACTION_SUCCESS'),
  INTERACTION_FAILURE: (d) => void has(d, { id: true, nonce: true, reason_code: true }, 'INTERACTION_FAILURE'),
  INTERACTION_MODAL_CREATE: (d) =>
    void has(
      d,
      { id: true, nonce: true, channel_id: true, custom_id: true, application: true, title: true, components: true },
      'INTERACTION_MODAL_CREATE',
    ),
  GUILD_APPLICATION_COMMAND_INDEX_UPDATE: (d) =>
    void has(d, { guild_id: true, application_command_counts: true, version: true }, 'GUILD_APPLICATION_COMMAND_INDEX_UPDATE'),
};

describe('the objects of the simulator beside discord-api-types', () => {
  let harness: TestSimulator;
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());
  const get = async (path: string): Promise<JsonValue> => (await harness.rest('GET', path)).body;

  test('events of pictures, buttons, forms, refusals and reactions have every member', async () => {
    const { socket, simulator } = harness;
    const { channelId, userId } = simulator.account;
    await harness.imagine('a fox');
    const grid = await harness.finished();
    await harness.press(grid, 'U1');
    const single = await harness.finished((message) => textAt(message, 'content').includes('Image #1'));
    await harness.press(single, 'Custom Zoom');
    const form = await socket.event('INTERACTION_MODAL_CREATE');
    await harness.submit(form, 'a fox --zoom 1.5');
    await harness.finished(({ id }) => id !== grid['id'] && id !== single['id']);
    await harness.imagine('a fox sim:banned');
    await harness.imagine('a fox sim:decline');
    await harness.imagine('a fox sim:interaction-failure');
    await socket.event('INTERACTION_FAILURE');
    await harness.rest('PUT', `/channels/${channelId}/messages/${textAt(grid, 'id')}/reactions/${encodeURIComponent('✉️')}/@me`);
    await socket.event('MESSAGE_CREATE', (message) => textAt(message, 'content').includes('**seed**'));
    simulator.control.bumpCommands();
    await socket.event('GUILD_APPLICATION_COMMAND_INDEX_UPDATE', ({ guild_id: guild }) => guild === simulator.account.guildId);
    const bot = await openTestSocket(simulator);
    bot.send(2, { token: simulator.account.token, intents: 1, properties: {} });
    const botReady = has(await bot.event('READY'), READY, "a bot's READY");
    assert.deepEqual(botReady['guilds'], [{ id: simulator.account.guildId, unavailable: true }]);
    EVENTS['GUILD_CREATE']?.(await bot.event('GUILD_CREATE'));
    bot.drop();
    for (const dispatch of socket.dispatches()) {
      const check = EVENTS[textAt(dispatch, 't')];
      assert.ok(check, `no check for ${textAt(dispatch, 't')}`);
      check(objectAt(dispatch, 'd'));
    }
    assert.ok(socket.names().includes('MESSAGE_REACTION_ADD') && socket.names().includes('CHANNEL_CREATE'));
    assert.equal(objects({ users: [harness.ready['user'] ?? null] }, 'users')[0]?.['id'], userId);
  });

  test('answers of REST have every member', async () => {
    const { guildId, channelId } = harness.simulator.account;
    const history = await get(`/channels/${channelId}/messages`);
    for (const message of Array.isArray(history) ? history.filter(isJsonObject) : []) checkMessage(message, 'history');
    has(await get('/users/@me'), USER, '/users/@me');
    for (const path of ['/applications/@me', '/oauth2/applications/@me']) has(await get(path), APPLICATION, path);
    has(await get(`/channels/${channelId}`), CHANNEL, '/channels');
    const guild = has(await get(`/guilds/${guildId}`), GUILD, '/guilds');
    for (const role of objects(guild, 'roles')) has(role, ROLE, '/guilds roles');
    const direct = await get('/users/@me/channels');
    for (const channel of Array.isArray(direct) ? direct : []) has(channel, DIRECT_CHANNEL, '/users/@me/channels');
    const index = has(
      await get(`/guilds/${guildId}/application-command-index`),
      { applications: true, application_commands: true, version: true },
      'index',
    );
    for (const command of objects(index, 'application_commands')) has(command, COMMAND, 'a command');
  });
});
