/** Sounds for the tests of other packages. */
export { composeSamples, toWav } from './sounds.ts';
