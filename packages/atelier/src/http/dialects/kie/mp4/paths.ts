export const MP4_PATHS = { generate: '/api/v1/mp4/generate', record: '/api/v1/mp4/record-info' } as const;
