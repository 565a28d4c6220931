export { AtelierProblem, createAtelierClient, must, type AtelierClient, type AtelierJob, type ProblemDetails } from './client.ts';
export type { components, paths, Schemas } from './native-api.ts';
