import type { Account } from '../core/account.ts';

/** An account and how many more jobs it may run. */
export interface Room {
  account: Account;
  free: number;
}

/** Picks the account with most free slots, undefined when none has any; equals take turns, in the order of their ids. */
export function createMostFree(): (rooms: readonly Room[]) => Account | undefined {
  let lastPicked = '';
  return (rooms) => {
    let most: Room | undefined;
    for (const room of rooms) if (room.free > 0 && (!most || isBefore(room, most, lastPicked))) most = room;
    if (most) lastPicked = most.account.id;
    return most?.account;
  };
}

/** Among equals those after the one that was picked last come first. */
function isBefore(a: Room, b: Room, lastPicked: string): boolean {
  if (a.free !== b.free) return a.free > b.free;
  const [aIsNext, bIsNext] = [a.account.id > lastPicked, b.account.id > lastPicked];
  return aIsNext === bIsNext ? a.account.id < b.account.id : aIsNext;
}
