// Written by "npm run check -- --write" from the OpenAPI document of the native API. Not edited by hand.

type AnswerOf<Content> = { headers: { [name: string]: unknown }; content: Content };
type ProblemAnswer = AnswerOf<{ 'application/problem+json': Schemas['Problem'] }>;
type JsonAnswers<Bodies> = { [Status in keyof Bodies]: AnswerOf<{ 'application/json': Bodies[Status] }> };
type ProblemAnswers = { '4XX': ProblemAnswer; '5XX': ProblemAnswer };

export interface paths {
  '/problems': {
    /** List every kind of problem */
    get: { parameters: { query?: never }; responses: JsonAnswers<{ 200: { items: Schemas['ProblemKind'][] } }> };
  };
  '/problems/{code}': {
    /** Read about a kind of problem */
    get: { parameters: { path: { code: string } }; responses: JsonAnswers<{ 200: Schemas['ProblemKind'] }> & ProblemAnswers };
  };
  '/jobs': {
    /** Make a job */
    post: {
      parameters: { header?: { 'idempotency-key'?: string } };
      requestBody: {
        content: {
          'application/json':
            | Schemas['ImagineRequest']
            | Schemas['ButtonRequest']
            | Schemas['BlendRequest']
            | Schemas['DescribeRequest']
            | Schemas['ShortenRequest']
            | Schemas['SeedRequest']
            | Schemas['ShowRequest']
            | Schemas['InfoRequest']
            | Schemas['SettingsRequest']
            | Schemas['RelaxRequest']
            | Schemas['FastRequest']
            | Schemas['TurboRequest']
            | Schemas['VariabilityRequest']
            | Schemas['RemixRequest']
            | Schemas['MusicRequest']
            | Schemas['LyricsRequest']
            | Schemas['WavRequest']
            | Schemas['MusicVideoRequest'];
        };
      };
      responses: JsonAnswers<{ 202: Schemas['Job'] }> & ProblemAnswers;
    };
    /** List jobs, newest first */
    get: {
      parameters: {
        query?: {
          /** One or several, also written with commas */
          status?: Schemas['JobStatus'][];
          verb?: string;
          /** The wire format of the request that made the job */
          dialect?: Schemas['Dialect'];
          /** The part of the server that runs the job */
          engine?: Schemas['Engine'];
          accountId?: string;
          parentId?: string;
          /** The jobs of one prompt that stands for several */
          batchId?: string;
          /** For the admin key, which sees the jobs of all keys */
          keyId?: string;
          /** The `nextCursor` of the previous page */
          cursor?: string;
          limit?: number;
        };
      };
      responses: JsonAnswers<{ 200: Schemas['JobPage'] }> & ProblemAnswers;
    };
  };
  '/jobs/{jobId}': {
    /** Read a job, made in any dialect */
    get: {
      parameters: {
        query?: {
          /** Seconds to wait for the end of the job, at most 60: `30` or `30s`. The answer comes as soon as the job has ended, or shows the job after this time. */
          wait?: string;
        };
        path: { jobId: string };
      };
      responses: JsonAnswers<{ 200: Schemas['Job'] }> & ProblemAnswers;
    };
  };
  '/jobs/{jobId}/cancel': {
    /** Cancel a job */
    post: { parameters: { path: { jobId: string } }; responses: JsonAnswers<{ 200: Schemas['Job'] }> & ProblemAnswers };
  };
  '/jobs/{jobId}/events': {
    /** Follow a job */
    get: { parameters: { path: { jobId: string } }; responses: { 200: AnswerOf<{ 'text/event-stream': string }> } & ProblemAnswers };
  };
  '/events': {
    /** Follow every job that this key may see */
    get: { parameters: { query?: never }; responses: { 200: AnswerOf<{ 'text/event-stream': string }> } & ProblemAnswers };
  };
  '/jobs/{jobId}/deliveries': {
    /** List the deliveries of a job */
    get: {
      parameters: {
        query?: {
          /** The `nextCursor` of the previous page */
          cursor?: string;
          limit?: number;
        };
        path: { jobId: string };
      };
      responses: JsonAnswers<{ 200: Schemas['DeliveryPage'] }> & ProblemAnswers;
    };
  };
  '/deliveries': {
    /** List deliveries, newest first */
    get: {
      parameters: {
        query?: {
          state?: 'pending' | 'delivered' | 'exhausted' | 'stopped';
          jobId?: string;
          /** Only deliveries made at this instant or later */
          since?: string;
          /** The `nextCursor` of the previous page */
          cursor?: string;
          limit?: number;
        };
      };
      responses: JsonAnswers<{ 200: Schemas['DeliveryPage'] }> & ProblemAnswers;
    };
  };
  '/deliveries/{deliveryId}': {
    /** Read a delivery and its attempts */
    get: { parameters: { path: { deliveryId: string } }; responses: JsonAnswers<{ 200: Schemas['DeliveryDetails'] }> & ProblemAnswers };
  };
  '/deliveries/{deliveryId}/replay': {
    /** Send a delivery again */
    post: { parameters: { path: { deliveryId: string } }; responses: JsonAnswers<{ 202: Schemas['Delivery'] }> & ProblemAnswers };
  };
  '/deliveries/replay': {
    /** Send many deliveries again */
    post: {
      parameters: { query?: never };
      requestBody: {
        content: {
          'application/json': {
            ids?: string[];
            filter?: {
              state: 'exhausted' | 'stopped' | 'delivered';
              jobId?: string;
              /** Only deliveries made at this instant or later */
              since?: string;
            };
          };
        };
      };
      responses: JsonAnswers<{ 202: { replayed: number } }> & ProblemAnswers;
    };
  };
  '/accounts': {
    /** List the accounts */
    get: { parameters: { query?: never }; responses: JsonAnswers<{ 200: { items: Schemas['Account'][] } }> & ProblemAnswers };
    /** Add an account by its token alone */
    post: {
      parameters: { query?: never };
      requestBody: {
        content: {
          'application/json': {
            /** Its Discord token; kept encrypted, shown masked */
            token: string;
            /** Jobs that its Midjourney plan runs at the same time */
            maxJobs: number;
          };
        };
      };
      responses: JsonAnswers<{ 200: Schemas['Account']; 201: Schemas['Account'] }> & ProblemAnswers;
    };
  };
  '/accounts/{accountId}': {
    /** Read an account */
    get: {
      parameters: {
        path: {
          /** A Discord channel */
          accountId: string;
        };
      };
      responses: JsonAnswers<{ 200: Schemas['Account'] }> & ProblemAnswers;
    };
    /** Add an account, or replace its token and limits */
    put: {
      parameters: {
        path: {
          /** A Discord id */
          accountId: string;
        };
      };
      requestBody: {
        content: {
          'application/json': {
            /** A Discord id */
            guildId: string;
            /** Its Discord token; kept encrypted, shown masked */
            token: string;
            /** Jobs that its Midjourney plan runs at the same time */
            maxJobs: number;
          };
        };
      };
      responses: JsonAnswers<{ 200: Schemas['Account']; 201: Schemas['Account'] }> & ProblemAnswers;
    };
    /** Remove an account */
    delete: {
      parameters: {
        path: {
          /** A Discord channel */
          accountId: string;
        };
      };
      responses: { 204: { headers: { [name: string]: unknown }; content?: never } } & ProblemAnswers;
    };
  };
  '/accounts/{accountId}/reset': {
    /** End the pause or the hold of an account */
    post: {
      parameters: {
        path: {
          /** A Discord channel */
          accountId: string;
        };
      };
      responses: JsonAnswers<{ 200: Schemas['Account'] }> & ProblemAnswers;
    };
  };
  '/me': {
    /** Read the key of the request */
    get: { parameters: { query?: never }; responses: JsonAnswers<{ 200: Schemas['Key'] }> & ProblemAnswers };
  };
  '/keys': {
    /** List the keys */
    get: { parameters: { query?: never }; responses: JsonAnswers<{ 200: { items: Schemas['Key'][] } }> & ProblemAnswers };
    /** Make a key */
    post: {
      parameters: { query?: never };
      requestBody: { content: { 'application/json': { name: string; limits?: Schemas['KeyLimitsChange']; expiresAt?: string | null } } };
      responses: JsonAnswers<{ 201: Schemas['KeyWithSecret'] }> & ProblemAnswers;
    };
  };
  '/keys/{keyId}': {
    /** Read a key */
    get: { parameters: { path: { keyId: string } }; responses: JsonAnswers<{ 200: Schemas['Key'] }> & ProblemAnswers };
    /** Change a key: its name, limits or expiry, or suspend it */
    patch: {
      parameters: { path: { keyId: string } };
      requestBody: {
        content: {
          'application/json': { name?: string; limits?: Schemas['KeyLimitsChange']; expiresAt?: string | null; suspended?: boolean };
        };
      };
      responses: JsonAnswers<{ 200: Schemas['Key'] }> & ProblemAnswers;
    };
    /** End a key for good */
    delete: { parameters: { path: { keyId: string } }; responses: JsonAnswers<{ 200: Schemas['Key'] }> & ProblemAnswers };
  };
  '/assets/{assetId}': {
    /** Read the record of a file, with a fresh link to it */
    get: { parameters: { path: { assetId: string } }; responses: JsonAnswers<{ 200: Schemas['Asset'] }> & ProblemAnswers };
  };
  '/policy/check': {
    /** Check a prompt against the content policy */
    post: {
      parameters: { query?: never };
      requestBody: { content: { 'application/json': { text: string; dialect?: Schemas['Dialect'] } } };
      responses: JsonAnswers<{
        200: {
          allowed: boolean;
          /** The term that was found */
          term?: string;
        };
      }> &
        ProblemAnswers;
    };
  };
  '/policy/reload': {
    /** Read the list of blocked terms again */
    post: { parameters: { query?: never }; responses: JsonAnswers<{ 200: { terms: number } }> & ProblemAnswers };
  };
}

interface MidjourneyFields {
  engine?: 'midjourney';
  accountId?: Schemas['AccountChoice'];
  maxJobs?: Schemas['MaxJobs'];
  callbackUrl?: Schemas['PublicUrl'];
  reference?: Schemas['Reference'];
}

interface SunoFields {
  engine?: 'suno';
  callbackUrl?: Schemas['PublicUrl'];
  reference?: Schemas['Reference'];
}

export interface Schemas {
  Job: {
    id: string;
    dialect: Schemas['Dialect'];
    engine: Schemas['Engine'];
    /** The kind of work: `imagine`, `button`, `music`, … */
    verb: string;
    status: Schemas['JobStatus'];
    /** True: the job does not change any more */
    isFinal: boolean;
    progressPercent: number;
    /** The request, in the engine’s words */
    input: { [name: string]: unknown };
    parentId: string | null;
    batchId: string | null;
    children: Schemas['BatchJob'][];
    /** 1: the next job. 1000: this place or a later one. Only in the answers about one queued job */
    queuePosition?: number;
    accountId: string | null;
    maxJobs: number | null;
    callbackUrl: string | null;
    reference: string | null;
    assets: Schemas['JobAsset'][];
    buttons: Schemas['Button'][];
    message: { id: string; content: string; timestamp: string } | null;
    /** Facts of the engine: a seed, proposed prompts, the fields of `info`, the tracks of music, lyrics */
    data: { [name: string]: unknown };
    error: Schemas['JobFailure'] | null;
    lateResult: Schemas['LateResult'] | null;
    /** When the request was accepted */
    createdAt: string;
    /** When the job last changed */
    updatedAt: string;
    startedAt: string | null;
    finishedAt: string | null;
    links: { self: string; events: string; deliveries: string };
  };
  /** The wire format of the request that made the job */
  Dialect: 'native' | 'useapi' | 'kie' | 'linkr';
  /** The part of the server that runs the job */
  Engine: 'midjourney' | 'suno' | 'music-video';
  /** The last four are final */
  JobStatus: 'queued' | 'starting' | 'started' | 'progress' | 'completed' | 'failed' | 'moderated' | 'cancelled';
  /** One job of a prompt that stands for several. Its callback comes under its own id */
  BatchJob: { id: string; status: Schemas['JobStatus']; prompt: string };
  JobAsset: {
    id: string;
    /** `grid` is the 2×2 picture, `image` one picture */
    role: 'grid' | 'image' | 'video' | 'audio' | 'cover';
    /** 1 to 4 for a picture cut from the grid */
    index: number;
    /** A signed link that needs no key. It expires; `GET /assets/{id}` returns a fresh one */
    url: string;
    contentType: string;
    filename: string;
    bytes: number;
    /** Pixels; 0 for sound */
    width: number;
    height: number;
  };
  /** A button that a finished job offers: press it with a job of the verb `button` */
  Button: {
    /** Its text or its emoji */
    label: string;
    /** Tells buttons with the same label apart */
    customId: string;
  };
  JobFailure: {
    type: string;
    /** One of the codes of `GET /problems` */
    code: string;
    title: string;
    detail: string | null;
    /** The same request may succeed later without a change */
    retryable: boolean;
  };
  /** A result that came after the job had ended without one: status and error stay, and the buttons can be pressed */
  LateResult: {
    assets: Schemas['JobAsset'][];
    buttons: Schemas['Button'][];
    message: { id: string; content: string; timestamp: string } | null;
    /** Facts of the engine: a seed, proposed prompts, the fields of `info`, the tracks of music, lyrics */
    data: { [name: string]: unknown };
    /** When it came */
    at: string;
  };
  JobPage: { items: Schemas['Job'][]; nextCursor: string | null };
  /** RFC 9457; further members are facts of the problem */
  Problem: {
    /** A page about this kind of problem */
    type: string;
    title: string;
    status: number;
    detail: string;
    /** One of the codes of `GET /problems` */
    code: string;
    retryable: boolean;
    errors?: {
      in: string;
      /** JSON pointer */
      path: string;
      message: string;
    }[];
    [name: string]: unknown;
  };
  ProblemKind: {
    type: string;
    code: string;
    title: string;
    status: number;
    /** The same request may succeed later without a change */
    retryable: boolean;
  };
  Delivery: {
    /** `webhook-id` of every attempt */
    id: string;
    jobId: string;
    dialect: Schemas['Dialect'];
    url: string;
    state: 'pending' | 'delivered' | 'exhausted' | 'stopped';
    attemptCount: number;
    nextAttemptAt: string | null;
    createdAt: string;
    updatedAt: string;
  };
  DeliveryPage: { items: Schemas['Delivery'][]; nextCursor: string | null };
  DeliveryDetails: Schemas['Delivery'] & {
    /** The exact text of each attempt */
    body: string;
    attempts: Schemas['Attempt'][];
  };
  Attempt: {
    number: number;
    startedAt: string;
    durationMs: number;
    outcome: 'delivered' | 'refused' | 'timeout' | 'network' | 'blocked';
    status: number | null;
    /** Its first 1 024 characters */
    responseBody: string;
    error: string | null;
  };
  Account: {
    /** The Discord channel */
    id: string;
    /** The Discord server; empty: a private channel */
    guildId: string;
    /** Its first and last three characters */
    token: string;
    maxJobs: number;
    /** Jobs that occupy or wait for one of its slots */
    executingJobs: number;
    /** `active` takes jobs; `held` lets them wait and is active again by itself; `paused` waits for its reset */
    status: 'active' | 'held' | 'paused';
    hold: {
      code: string;
      reason: string;
      since: string;
      /** When its jobs start again */
      until: string;
    } | null;
    pause: { code: string; title: string; detail: string | null; at: string } | null;
    /** Jobs that it has started in the last 24 hours */
    startedJobs: number;
    jobsPerDay: number | null;
    /** Least milliseconds between two starts, `ACCOUNT_JOB_INTERVAL` */
    jobIntervalMs: number;
    createdAt: string;
    updatedAt: string;
  };
  Key: {
    id: string;
    number: number;
    name: string;
    admin: boolean;
    status: 'active' | 'expired' | 'suspended' | 'revoked';
    limits: Schemas['KeyLimits'];
    createdAt: string;
    expiresAt: string | null;
    suspendedAt: string | null;
    revokedAt: string | null;
  };
  KeyLimits: { requestsPerMinute: number | null; jobsPerDay: number | null; runningJobs: number | null };
  KeyWithSecret: Schemas['Key'] & {
    /** For `Authorization: Bearer …` */
    secret: string;
  };
  Asset: {
    id: string;
    jobId: string;
    url: string;
    contentType: string;
    filename: string;
    bytes: number;
    width: number;
    height: number;
    createdAt: string;
    /** When the file is removed */
    expiresAt: string;
  };
  /** Four pictures of a prompt; of each prompt, where it stands for several with `{a, b}` or `--repeat n` */
  ImagineRequest: MidjourneyFields & {
    verb: 'imagine';
    prompt: Schemas['Prompt'];
    images?: Schemas['PromptImage'][];
    bot?: Schemas['Bot'];
  };
  /** May begin with links to pictures and end with Midjourney’s own parameters (`--ar 16:9`) */
  Prompt: string;
  /** A picture that is uploaded to Discord before the prompt is sent */
  PromptImage:
    | Schemas['Picture']
    | {
        data: Schemas['Picture'];
        /** In front of the prompt, or as `--sref`, `--cref` or `--oref` */
        use?: 'prompt' | 'sref' | 'cref' | 'oref';
      };
  /** A JPEG, PNG, WebP or GIF as base64 or as a base64 data URL; a file in a multipart form */
  Picture: string;
  /** The bot of Discord that gets the request. `--niji` in a prompt is a model of Midjourney’s bot */
  Bot: 'midjourney' | 'niji';
  /** Default: any account, chosen when one is free */
  AccountChoice: string;
  /** The job waits while this many jobs run on its account; needs `accountId` or a parent job */
  MaxJobs: number;
  /** http or https, on the public internet */
  PublicUrl: string;
  /** Repeated in the job and its callbacks */
  Reference: string;
  /** Presses a button that a finished job offers: U1, V3, 🔄, Vary (Region), Custom Zoom, … */
  ButtonRequest: MidjourneyFields & {
    verb: 'button';
    jobId: Schemas['ParentJobId'];
    /** Its label or its `customId` */
    button: string;
    prompt?: Schemas['Prompt'];
    /** For Vary (Region): a PNG, white where Midjourney paints again */
    mask?: string;
  };
  /** A finished job, made in any dialect */
  ParentJobId: string;
  /** One picture out of two to five, sent as `imageUrls`, as `images`, or as both */
  BlendRequest: MidjourneyFields & {
    verb: 'blend';
    imageUrls?: Schemas['PublicUrl'][];
    images?: Schemas['Picture'][];
    dimensions?: 'portrait' | 'square' | 'landscape';
  };
  /** Prompts that a picture could have been made from: its `imageUrl` or its `image` */
  DescribeRequest: MidjourneyFields & { verb: 'describe'; imageUrl?: Schemas['PublicUrl']; image?: Schemas['Picture'] };
  /** Shorter forms of a prompt */
  ShortenRequest: MidjourneyFields & { verb: 'shorten'; prompt: Schemas['Prompt'] };
  /** The seed of a finished job */
  SeedRequest: MidjourneyFields & { verb: 'seed'; jobId: Schemas['ParentJobId'] };
  /** A picture that the account made elsewhere, with its buttons: `/show` */
  ShowRequest: MidjourneyFields & {
    verb: 'show';
    /** Midjourney’s id of the job (a UUID), or a link that names it: of midjourney.com or to the picture */
    job: string;
    bot?: Schemas['Bot'];
  };
  /** Midjourney’s facts about the account: plan, hours left, … */
  InfoRequest: MidjourneyFields & { verb: 'info' };
  /** The account’s settings, as buttons */
  SettingsRequest: MidjourneyFields & { verb: 'settings' };
  /** Switches the account to relaxed mode */
  RelaxRequest: MidjourneyFields & { verb: 'relax' };
  /** Switches the account to fast mode */
  FastRequest: MidjourneyFields & { verb: 'fast' };
  /** Switches the account to turbo mode */
  TurboRequest: MidjourneyFields & { verb: 'turbo' };
  /** Switches high variability on or off */
  VariabilityRequest: MidjourneyFields & { verb: 'variability' };
  /** Switches remix mode on or off */
  RemixRequest: MidjourneyFields & { verb: 'remix' };
  /** Two tracks, each with a cover */
  MusicRequest: SunoFields & {
    verb: 'music';
    /** A description of the music in plain words */
    prompt: string;
    /** Sung word by word; marks such as `[Verse]` stand on separate lines */
    lyrics?: string;
    /** Genre and mood */
    style?: string;
    /** Without lyrics and with a voice Suno may choose another title */
    title?: string;
    /** True: no voice */
    instrumental?: boolean;
    /** V4, V4_5, V4_5PLUS, V4_5ALL, V5, V5_5 */
    model?: string;
    /** About this long. Only V5_5 heeds it, with lyrics or without a voice */
    durationS?: number;
    /** Styles to avoid */
    negativeTags?: string;
    /** The voice; a hint */
    vocalGender?: 'm' | 'f';
  };
  /** Lyrics, in several variants */
  LyricsRequest: SunoFields & {
    verb: 'lyrics';
    /** The subject of the lyrics */
    prompt: string;
  };
  /** A track as a WAV file */
  WavRequest: SunoFields & { verb: 'wav'; track: Schemas['TrackReference'] };
  /** A track of this server */
  TrackReference: {
    /** A music job, made in any dialect */
    jobId: string;
    /** The number of the track, from 1 */
    index?: number;
  };
  /** A video of a track of this server, or of the sound file at a URL (at most 50 MiB; a cover 20 MiB) */
  MusicVideoRequest: {
    verb: 'music-video';
    track?: Schemas['TrackReference'];
    audio?: Schemas['PublicUrl'];
    cover?: Schemas['PublicUrl'];
    /** Default: the title of the track, or the name of the file */
    title?: string;
    /** Shown as the artist */
    author?: string;
    /** Shown at the bottom */
    domain?: string;
    /** stage 1280×720, halo 1080×1080, poster 1280×720 */
    template?: 'stage' | 'halo' | 'poster';
    /** Default: the lyrics of the track, where they are known */
    lyrics?: Schemas['TimedLyric'][];
    engine?: 'music-video';
    callbackUrl?: Schemas['PublicUrl'];
    reference?: Schemas['Reference'];
  };
  /** A line of the lyrics with its time */
  TimedLyric: { startMs: number; endMs: number; text: string };
  /** A limit that is left out does not change; a new key has no limit */
  KeyLimitsChange: { requestsPerMinute?: number | null; jobsPerDay?: number | null; runningJobs?: number | null };
}

export interface components {
  schemas: Schemas;
}
