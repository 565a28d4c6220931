import { testAccountsKeysAssets } from './conformance/accounts.conformance.ts';
import { testAccepting } from './conformance/accepting.conformance.ts';
import { testBatches } from './conformance/batches.conformance.ts';
import { testCaps } from './conformance/caps.conformance.ts';
import { testDeliveries } from './conformance/deliveries.conformance.ts';
import type { CreateStore } from './conformance/fixtures.ts';
import { testLateResults } from './conformance/late-results.conformance.ts';
import { testListing } from './conformance/listing.conformance.ts';
import { testQueues } from './conformance/queues.conformance.ts';
import { testRequeues } from './conformance/requeue.conformance.ts';
import { testRunning } from './conformance/running.conformance.ts';
import { testText } from './conformance/text.conformance.ts';
import { testTransitions } from './conformance/transitions.conformance.ts';

/** The tests that every `Store` must pass. The test file of a driver calls this once. */
export function testStore(name: string, createStore: CreateStore): void {
  testAccepting(name, createStore);
  testBatches(name, createStore);
  testCaps(name, createStore);
  testListing(name, createStore);
  testQueues(name, createStore);
  testRunning(name, createStore);
  testRequeues(name, createStore);
  testTransitions(name, createStore);
  testLateResults(name, createStore);
  testDeliveries(name, createStore);
  testAccountsKeysAssets(name, createStore);
  testText(name, createStore);
}
