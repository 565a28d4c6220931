// Written by "npm run check -- --write" from the OpenAPI document of the native API. Not edited by hand.

export interface paths {
  '/jobs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Make a job */
    post: {
      parameters: {
        query?: never;
        header?: {
          'idempotency-key'?: string;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json':
            | components['schemas']['ImagineRequest']
            | components['schemas']['ButtonRequest']
            | components['schemas']['BlendRequest']
            | components['schemas']['DescribeRequest']
            | components['schemas']['ShortenRequest']
            | components['schemas']['SeedRequest']
            | components['schemas']['InfoRequest']
            | components['schemas']['SettingsRequest']
            | components['schemas']['RelaxRequest']
            | components['schemas']['FastRequest']
            | components['schemas']['TurboRequest']
            | components['schemas']['VariabilityRequest']
            | components['schemas']['RemixRequest']
            | components['schemas']['MusicRequest']
            | components['schemas']['LyricsRequest']
            | components['schemas']['WavRequest']
            | components['schemas']['MusicVideoRequest'];
        };
      };
      responses: {
        202: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Job'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
    /** List jobs, newest first */
    get: {
      parameters: {
        query?: {
          /** One or several, also written with commas */
          status?: ('queued' | 'starting' | 'started' | 'progress' | 'completed' | 'failed' | 'moderated' | 'cancelled')[];
          verb?: string;
          /** The wire format that a job came in by */
          dialect?: 'native' | 'useapi' | 'kie' | 'linkr';
          /** What carries a job out */
          engine?: 'midjourney' | 'suno' | 'music-video';
          accountId?: string;
          parentId?: string;
          /** For the admin key, which sees the jobs of all */
          keyId?: string;
          /** `nextCursor` of the page before */
          cursor?: string;
          limit?: number;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              items: components['schemas']['Job'][];
              nextCursor: string | null;
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/jobs/{jobId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a job, made in any dialect */
    get: {
      parameters: {
        query?: {
          /** Seconds to wait for the end of the job, at most 60: `30` or `30s`. The answer comes as soon as it has ended, or as it stands then. */
          wait?: string;
        };
        header?: never;
        path: {
          jobId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Job'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/jobs/{jobId}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Cancel a job */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          jobId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Job'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/jobs/{jobId}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Follow a job */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          jobId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'text/event-stream': string;
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Follow every job that this key may see */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'text/event-stream': string;
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/jobs/{jobId}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the deliveries of a job */
    get: {
      parameters: {
        query?: {
          /** `nextCursor` of the page before */
          cursor?: string;
          limit?: number;
        };
        header?: never;
        path: {
          jobId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              items: components['schemas']['Delivery'][];
              nextCursor: string | null;
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List deliveries, newest first */
    get: {
      parameters: {
        query?: {
          state?: 'pending' | 'delivered' | 'exhausted' | 'stopped';
          jobId?: string;
          /** Only deliveries made at this instant or later */
          since?: string;
          /** `nextCursor` of the page before */
          cursor?: string;
          limit?: number;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              items: components['schemas']['Delivery'][];
              nextCursor: string | null;
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/deliveries/{deliveryId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a delivery and its attempts */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          deliveryId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['DeliveryDetails'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/deliveries/{deliveryId}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Send a delivery again */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          deliveryId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        202: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Delivery'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/deliveries/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Send many deliveries again */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
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
      responses: {
        202: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              replayed: number;
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/assets/{assetId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read what a file is, with a link to it */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          assetId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Asset'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/accounts': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the accounts */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              items: components['schemas']['Account'][];
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
    /** Add an account by its token alone */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': {
            /** Its Discord token; kept encrypted, shown masked */
            token: string;
            /** What its Midjourney plan runs at once */
            maxJobs: number;
          };
        };
      };
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Account'];
          };
        };
        201: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Account'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/accounts/{accountId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read an account */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** A Discord channel */
          accountId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Account'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
    /** Add an account, or replace its token and limits */
    put: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** A Discord id */
          accountId: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': {
            /** A Discord id */
            guildId: string;
            /** Its Discord token; kept encrypted, shown masked */
            token: string;
            /** What its Midjourney plan runs at once */
            maxJobs: number;
          };
        };
      };
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Account'];
          };
        };
        201: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Account'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
    /** Remove an account */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** A Discord channel */
          accountId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: { headers: { [name: string]: unknown }; content?: never };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/accounts/{accountId}/reset': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** End the pause of an account */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** A Discord channel */
          accountId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Account'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/me': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read the key that the request came with */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Key'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the keys */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              items: components['schemas']['Key'][];
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
    /** Make a key */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': {
            name: string;
            limits?: {
              requestsPerMinute?: number | null;
              jobsPerDay?: number | null;
              runningJobs?: number | null;
            };
            expiresAt?: string | null;
          };
        };
      };
      responses: {
        201: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              id: string;
              number: number;
              name: string;
              admin: boolean;
              status: 'active' | 'expired' | 'suspended' | 'revoked';
              limits: {
                requestsPerMinute: number | null;
                jobsPerDay: number | null;
                runningJobs: number | null;
              };
              createdAt: string;
              expiresAt: string | null;
              suspendedAt: string | null;
              revokedAt: string | null;
              /** What goes behind `Bearer` */
              secret: string;
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/keys/{keyId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a key */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          keyId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Key'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
    /** Change a key: its name, limits or expiry, or suspend it */
    patch: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          keyId: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': {
            name?: string;
            /** Limits that are left out stay */
            limits?: {
              requestsPerMinute?: number | null;
              jobsPerDay?: number | null;
              runningJobs?: number | null;
            };
            expiresAt?: string | null;
            suspended?: boolean;
          };
        };
      };
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Key'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
    /** End a key for good */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          keyId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': components['schemas']['Key'];
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/policy/check': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Ask whether a prompt may be sent on */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': {
            text: string;
            /** The wire format that a job came in by */
            dialect?: 'native' | 'useapi' | 'kie' | 'linkr';
          };
        };
      };
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              allowed: boolean;
              /** The term that was found */
              term?: string;
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/policy/reload': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read the list of blocked terms anew */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              terms: number;
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
  '/problems': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List every kind of problem */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              items: {
                type: string;
                code: string;
                title: string;
                status: number;
                /** The same request may succeed later without being changed */
                retryable: boolean;
              }[];
            };
          };
        };
      };
    };
  };
  '/problems/{code}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read about a kind of problem */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          code: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: {
          headers: { [name: string]: unknown };
          content: {
            'application/json': {
              type: string;
              code: string;
              title: string;
              status: number;
              /** The same request may succeed later without being changed */
              retryable: boolean;
            };
          };
        };
        '4XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
        '5XX': {
          headers: { [name: string]: unknown };
          content: {
            'application/problem+json': components['schemas']['Problem'];
          };
        };
      };
    };
  };
}

export interface components {
  schemas: {
    Job: {
      id: string;
      /** The wire format that a job came in by */
      dialect: 'native' | 'useapi' | 'kie' | 'linkr';
      /** What carries a job out */
      engine: 'midjourney' | 'suno' | 'music-video';
      /** What is asked for */
      verb: string;
      /** The last four are final */
      status: 'queued' | 'starting' | 'started' | 'progress' | 'completed' | 'failed' | 'moderated' | 'cancelled';
      /** Nothing will change any more */
      isFinal: boolean;
      progressPercent: number;
      /** The request, in the engine’s words */
      input: {
        [name: string]: unknown;
      };
      parentId: string | null;
      accountId: string | null;
      maxJobs: number | null;
      callbackUrl: string | null;
      reference: string | null;
      assets: {
        id: string;
        /** `grid` is the 2×2 picture, `image` one picture */
        role: 'grid' | 'image' | 'video' | 'audio' | 'cover';
        /** 1 to 4 for a picture cut from the grid */
        index: number;
        /** A signed link that needs no key; it ends at some time, and `GET /assets/{id}` gives a fresh one */
        url: string;
        contentType: string;
        filename: string;
        bytes: number;
        /** Pixels; 0 for sound */
        width: number;
        height: number;
      }[];
      buttons: {
        /** The text on it, or its emoji */
        label: string;
        /** Tells buttons with one label apart */
        customId: string;
      }[];
      message: {
        id: string;
        content: string;
        timestamp: string;
      } | null;
      /** Facts of the engine: a seed, proposed prompts, the fields of `info`, the tracks of music, lyrics */
      data: {
        [name: string]: unknown;
      };
      error: {
        type: string;
        /** One of the codes of `GET /problems` */
        code: string;
        title: string;
        detail: string | null;
        /** The same request may succeed later without being changed */
        retryable: boolean;
      } | null;
      /** When it was accepted */
      createdAt: string;
      /** When it last changed */
      updatedAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      links: {
        self: string;
        events: string;
        deliveries: string;
      };
    };
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
    Delivery: {
      /** `webhook-id` of every attempt */
      id: string;
      jobId: string;
      /** The wire format that a job came in by */
      dialect: 'native' | 'useapi' | 'kie' | 'linkr';
      url: string;
      state: 'pending' | 'delivered' | 'exhausted' | 'stopped';
      attemptCount: number;
      nextAttemptAt: string | null;
      createdAt: string;
      updatedAt: string;
    };
    DeliveryDetails: {
      /** `webhook-id` of every attempt */
      id: string;
      jobId: string;
      /** The wire format that a job came in by */
      dialect: 'native' | 'useapi' | 'kie' | 'linkr';
      url: string;
      state: 'pending' | 'delivered' | 'exhausted' | 'stopped';
      attemptCount: number;
      nextAttemptAt: string | null;
      createdAt: string;
      updatedAt: string;
      /** The exact text that is sent */
      body: string;
      attempts: {
        number: number;
        startedAt: string;
        durationMs: number;
        outcome: 'delivered' | 'refused' | 'timeout' | 'network' | 'blocked';
        status: number | null;
        /** Its first 1 024 characters */
        responseBody: string;
        error: string | null;
      }[];
    };
    Account: {
      /** The Discord channel */
      id: string;
      /** The Discord server; empty: a private channel */
      guildId: string;
      /** Its first and last three characters */
      token: string;
      maxJobs: number;
      /** Jobs that take or wait for one of its slots */
      executingJobs: number;
      pause: {
        code: string;
        title: string;
        detail: string | null;
        at: string;
      } | null;
      createdAt: string;
      updatedAt: string;
    };
    Key: {
      id: string;
      number: number;
      name: string;
      admin: boolean;
      status: 'active' | 'expired' | 'suspended' | 'revoked';
      limits: {
        requestsPerMinute: number | null;
        jobsPerDay: number | null;
        runningJobs: number | null;
      };
      createdAt: string;
      expiresAt: string | null;
      suspendedAt: string | null;
      revokedAt: string | null;
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
    /** Four pictures of a prompt */
    ImagineRequest: {
      verb: 'imagine';
      /** With Midjourney’s own parameters (`--ar 16:9`) behind it, and links to pictures in front of it */
      prompt: string;
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** The press of a button that a finished job offers: U1, V3, 🔄, Vary (Region), Custom Zoom, … */
    ButtonRequest: {
      verb: 'button';
      /** A finished job, made in any dialect */
      jobId: string;
      /** Its label or its `customId` */
      button: string;
      /** With Midjourney’s own parameters (`--ar 16:9`) behind it, and links to pictures in front of it */
      prompt?: string;
      /** For Vary (Region): a PNG, white where to paint anew */
      mask?: string;
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** One picture out of two to five */
    BlendRequest: {
      verb: 'blend';
      imageUrls: string[];
      dimensions?: 'portrait' | 'square' | 'landscape';
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Prompts that a picture could have been made from */
    DescribeRequest: {
      verb: 'describe';
      /** http or https, on the public internet */
      imageUrl: string;
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Shorter forms of a prompt */
    ShortenRequest: {
      verb: 'shorten';
      /** With Midjourney’s own parameters (`--ar 16:9`) behind it, and links to pictures in front of it */
      prompt: string;
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** The seed of a finished job */
    SeedRequest: {
      verb: 'seed';
      /** A finished job, made in any dialect */
      jobId: string;
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** What Midjourney says of the account */
    InfoRequest: {
      verb: 'info';
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** The account’s settings, as buttons */
    SettingsRequest: {
      verb: 'settings';
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Switches the account to relaxed mode */
    RelaxRequest: {
      verb: 'relax';
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Switches the account to fast mode */
    FastRequest: {
      verb: 'fast';
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Switches the account to turbo mode */
    TurboRequest: {
      verb: 'turbo';
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Turns high variability over */
    VariabilityRequest: {
      verb: 'variability';
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Turns remix mode over */
    RemixRequest: {
      verb: 'remix';
      engine?: 'midjourney';
      /** Left out: any account, chosen when one is free */
      accountId?: string;
      /** The job waits while so many jobs are at work on its account; needs `accountId` or a parent job */
      maxJobs?: number;
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Two tracks, each with a cover */
    MusicRequest: {
      verb: 'music';
      /** What the music is to be like, in plain words */
      prompt: string;
      /** Sung word by word; marks such as `[Verse]` stand on lines of their own */
      lyrics?: string;
      /** Genre and mood */
      style?: string;
      /** Suno may choose its own unless there are lyrics, or no voice */
      title?: string;
      /** True: no voice */
      instrumental?: boolean;
      /** V4, V4_5, V4_5PLUS, V4_5ALL, V5, V5_5 */
      model?: string;
      /** About how long; of Suno’s models V5_5 alone heeds it, with lyrics or without voice */
      durationS?: number;
      /** What it should not be */
      negativeTags?: string;
      /** Whose voice; a hint */
      vocalGender?: 'm' | 'f';
      engine?: 'suno';
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** Lyrics, in several variants */
    LyricsRequest: {
      verb: 'lyrics';
      /** What they are to be about */
      prompt: string;
      engine?: 'suno';
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** A track as a WAV file */
    WavRequest: {
      verb: 'wav';
      /** A track of this server */
      track: {
        /** A job that has made music, in any dialect */
        jobId: string;
        /** Which of its tracks */
        index?: number;
      };
      engine?: 'suno';
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
    /** A video of a track of this server, or of the sound file at a URL (at most 50 MiB; a cover 20 MiB) */
    MusicVideoRequest: {
      verb: 'music-video';
      /** A track of this server */
      track?: {
        /** A job that has made music, in any dialect */
        jobId: string;
        /** Which of its tracks */
        index?: number;
      };
      /** http or https, on the public internet */
      audio?: string;
      /** http or https, on the public internet */
      cover?: string;
      /** Left out: the track’s, or the name of the file */
      title?: string;
      /** Shown as the artist */
      author?: string;
      /** Shown at the bottom */
      domain?: string;
      /** stage 1280×720, halo 1080×1080, poster 1280×720 */
      template?: 'stage' | 'halo' | 'poster';
      /** Left out: the track’s own, where they are known */
      lyrics?: {
        startMs: number;
        endMs: number;
        text: string;
      }[];
      engine?: 'music-video';
      /** http or https, on the public internet */
      callbackUrl?: string;
      /** Repeated in the job and its callbacks */
      reference?: string;
    };
  };
}
