// What was typed for a ticket stays in this browser until the server has it, whatever ends in between.

const key = (account, ticket, action) => `work:${account}:${ticket}:${action}`;

/** The draft of one verb on one ticket; it belongs to the account that typed it. */
export function draftOf(account, ticket, action) {
  const name = key(account, ticket, action);
  return {
    read() {
      try {
        return JSON.parse(localStorage.getItem(name) ?? 'null');
      } catch {
        return null;
      }
    },
    keep(values) {
      try {
        if (Object.values(values).some((value) => String(value).trim())) localStorage.setItem(name, JSON.stringify(values));
        else localStorage.removeItem(name);
        return true;
      } catch {
        return false; // no room, or the browser keeps nothing: the form itself still has it
      }
    },
    forget() {
      localStorage.removeItem(name);
    },
  };
}
