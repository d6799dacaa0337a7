// One store a page: state is replaced, never changed in place, and panels watch the parts they show.

/** Make a store. `watch(pick, render)` renders now and whenever a value that `pick` returns is another one. */
export function createStore(initial) {
  let state = Object.freeze({ ...initial });
  const watchers = new Set();
  let telling = false;
  let again = false;

  function tell() {
    if (telling) {
      again = true;
      return;
    }
    telling = true;
    do {
      again = false;
      for (const watcher of watchers) look(watcher);
    } while (again);
    telling = false;
  }

  function look(watcher) {
    const picked = watcher.pick(state);
    if (watcher.last && picked.every((value, index) => Object.is(value, watcher.last[index]))) return;
    watcher.last = picked;
    try {
      watcher.render(state);
    } catch (error) {
      console.error(error); // one broken panel must not take the answer button with it
    }
  }

  return {
    get: () => state,
    set(patch) {
      state = Object.freeze({ ...state, ...patch });
      tell();
    },
    watch(pick, render) {
      const watcher = { pick, render, last: null };
      watchers.add(watcher);
      look(watcher);
      return () => watchers.delete(watcher);
    },
  };
}
