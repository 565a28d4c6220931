import { testBlobStore } from './asset.conformance.ts';
import { createS3Blobs } from './s3-blobs.ts';
import { startS3Server } from './s3-server.fixture.ts';

testBlobStore('S3', async () => {
  const server = await startS3Server();
  const blobs = createS3Blobs(server.settings);
  return {
    blobs,
    close: async () => {
      blobs.close();
      await server.close();
    },
  };
});
