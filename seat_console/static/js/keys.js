// The keyboard: a letter is a command only where nobody is writing, and hanging up takes the key twice.

import { isTextField } from './dom.js';

const TWICE_MS = 2000;

/** `actions`: answer, mute, hold, hangUp, armHangUp(on), kind(1–4), suggestion(1–3), takeKind, takePlace, save, saveAnswered, cheatSheet. */
export function listenToKeys(actions) {
  let armed = null;

  function disarm() {
    clearTimeout(armed);
    armed = null;
    actions.armHangUp(false);
  }

  function hangUpKey() {
    if (armed) {
      disarm();
      return actions.hangUp();
    }
    if (!actions.armHangUp(true)) return undefined;
    armed = setTimeout(disarm, TWICE_MS);
    return undefined;
  }

  // By key name where the layout may differ, by code where a modifier changes the character (Alt+1 on a Mac).
  function everywhere(event) {
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    if (event.altKey && !event.ctrlKey && digit >= '1' && digit <= '3') return () => actions.suggestion(Number(digit));
    if (event.altKey && !event.ctrlKey && digit === '4') return actions.takeKind;
    if (event.altKey && !event.ctrlKey && digit === '5') return actions.takePlace;
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
      return event.shiftKey ? actions.saveAnswered : actions.save;
    }
    return null;
  }

  function outsideText(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return null;
    const onControl = event.target instanceof Element && event.target.closest('button, a, summary, [role=menuitem], dialog');
    switch (event.key) {
      case 'Enter':
        return onControl ? null : actions.answer;
      case 'a':
      case 'A':
        return actions.answer;
      case 'm':
      case 'M':
        return actions.mute;
      case 'h':
      case 'H':
        return actions.hold;
      case 'Backspace':
        return hangUpKey;
      case '?':
        return actions.cheatSheet;
      default:
        return /^[1-4]$/.test(event.key) ? () => actions.kind(Number(event.key)) : null;
    }
  }

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.repeat) return;
    const action = everywhere(event) ?? (isTextField(event.target) ? null : outsideText(event));
    if (!action) return;
    event.preventDefault();
    action();
  });
}
