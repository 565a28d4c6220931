/** Discord, the Midjourney bot and a Suno vendor on loopback, for tests, demos and development. */
export { startSimulator, SIMULATOR_ACCOUNT, type Simulator, type SimulatorOptions } from './simulator.ts';
export { startCallbackSink, type CallbackSink, type ReceivedCallback } from './callback-sink.ts';
export type { Composer, Composition, CompositionRequest } from './art/composer.ts';
export type { Clip, ClipOptions, Moving, Painter, PaintOptions, Picture, Scene } from './art/painter.ts';
export type { AccountView, SimulatorControl } from './control/simulator-control.ts';
export type { Switches } from './switches.ts';
