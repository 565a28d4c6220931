/** The painter and the composer that the simulator is given. This is the whole public surface of the package. */
export { createComposer } from './composer/create-composer.ts';
export { createPainter } from './painter/create-painter.ts';
