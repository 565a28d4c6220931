/** A queue of received items. A test reads the next item, or waits for it. */
export interface Inbox<Item> {
  put(item: Item): void;
  next(): Promise<Item>;
  /** Drops items until an item fits, and returns it. */
  nextWhere(fits: (item: Item) => boolean): Promise<Item>;
  /** Items that have come and were not read. */
  waiting(): readonly Item[];
}

export function createInbox<Item>(): Inbox<Item> {
  const items: Item[] = [];
  const readers: ((item: Item) => void)[] = [];
  const next = (): Promise<Item> => {
    const [item] = items.splice(0, 1);
    return item === undefined ? new Promise((resolve) => readers.push(resolve)) : Promise.resolve(item);
  };
  return {
    put(item) {
      const reader = readers.shift();
      if (reader) reader(item);
      else items.push(item);
    },
    next,
    async nextWhere(fits) {
      for (;;) {
        const item = await next();
        if (fits(item)) return item;
      }
    },
    waiting: () => items,
  };
}
