/** What is there, or will be. An async function costs as much as many of the things that it waits for. */
export type Awaitable<T> = T | Promise<T>

/** Goes on with a value: at once when it is there, or when it will be. */
export const after = <T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> =>
  value instanceof Promise ? value.then(next) : next(value)
