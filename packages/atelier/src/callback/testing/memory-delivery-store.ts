import type { DeliveryStore } from '../../core/store.ts';
import type { Attempt, Delivery, NewDelivery } from '../../core/delivery.ts';

export interface MemoryDeliveryStore extends Pick<
  DeliveryStore,
  'claimDeliveries' | 'recordAttempt' | 'releaseDeliveries' | 'nextDeliveryDueAtMs' | 'getDelivery' | 'listAttempts'
> {
  add(...deliveries: readonly NewDelivery[]): void;
  leasedIds(): string[];
}

/** The claims and leases of a DeliveryStore by its contract, in memory: for tests of what stands above it. */
export function createMemoryDeliveryStore(): MemoryDeliveryStore {
  const rows = new Map<string, { delivery: Delivery; leaseUntilMs: number | null }>();
  const attempts: Attempt[] = [];
  return {
    add(...deliveries) {
      for (const delivery of deliveries) {
        const row = { ...delivery, state: 'pending', attemptCount: 0, updatedAtMs: delivery.createdAtMs } as const;
        rows.set(delivery.id, { delivery: row, leaseUntilMs: null });
      }
    },
    leasedIds: () => [...rows.values()].flatMap((row) => (row.leaseUntilMs === null ? [] : [row.delivery.id])),
    async claimDeliveries({ nowMs, leaseUntilMs, limit, exceptOrigins, exceptJobIds }) {
      const isFree = ({ delivery, leaseUntilMs: untilMs }: { delivery: Delivery; leaseUntilMs: number | null }): boolean =>
        delivery.state === 'pending' &&
        delivery.dueAtMs <= nowMs &&
        (untilMs === null || untilMs <= nowMs) &&
        !exceptOrigins.includes(delivery.origin) &&
        !exceptJobIds.includes(delivery.jobId);
      const due = [...rows.values()].filter(isFree).toSorted((a, b) => a.delivery.dueAtMs - b.delivery.dueAtMs);
      return due.slice(0, limit).map((row) => {
        row.leaseUntilMs = leaseUntilMs;
        return row.delivery;
      });
    },
    async recordAttempt({ attempt, nowMs, next }) {
      const row = rows.get(attempt.deliveryId);
      if (!row || row.delivery.state !== 'pending' || row.delivery.attemptCount + 1 !== attempt.number) return false;
      attempts.push(attempt);
      const dueAtMs = next.state === 'pending' ? next.dueAtMs : row.delivery.dueAtMs;
      row.delivery = { ...row.delivery, state: next.state, attemptCount: attempt.number, dueAtMs, updatedAtMs: nowMs };
      row.leaseUntilMs = null;
      return true;
    },
    async releaseDeliveries(ids) {
      for (const id of ids) {
        const row = rows.get(id);
        if (row) row.leaseUntilMs = null;
      }
    },
    async nextDeliveryDueAtMs() {
      const due = [...rows.values()].filter((row) => row.delivery.state === 'pending' && row.leaseUntilMs === null);
      return due.length === 0 ? undefined : Math.min(...due.map((row) => row.delivery.dueAtMs));
    },
    getDelivery: async (id) => rows.get(id)?.delivery,
    listAttempts: async (deliveryId) => attempts.filter((attempt) => attempt.deliveryId === deliveryId),
  };
}
