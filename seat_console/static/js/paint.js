// Marks on the page when something really was painted: two frames after the change. Measured by the bench.

/** Set `data-<name>-painted` to the epoch milliseconds of the paint, and `data-<name>-call` to the call. */
export function markPainted(name, callId) {
  const data = document.documentElement.dataset;
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      data[`${name}Painted`] = String(performance.timeOrigin + performance.now());
      data[`${name}Call`] = callId;
    }),
  );
}
