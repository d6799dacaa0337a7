// One leg at the softphone, from INVITE to BYE, and what Asterisk tells of its caller in the INVITE's headers.

const ANSWER = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };
const GATHER_MS = 250;
const AGAIN_MS = 300;
const LONGEST_HEADER = 80;

const header = (request, name) => String(request.getHeader(name) || '').slice(0, LONGEST_HEADER);

/** Follow a JsSIP session. `onChange(view)` at every change, `onChange(null)` when it is over. */
export function createLeg(session, request, { audio, microphone, onChange }) {
  const callId = header(request, 'X-Hotline-Call-Id').toLowerCase();
  const from = header(request, 'X-Hotline-From') || request.from?.uri?.user || '';
  let view = {
    callId,
    from: /^[\d+*#]{1,32}$/.test(from) ? from : '',
    purpose: header(request, 'X-Hotline-Purpose'),
    state: 'ringing',
    muted: false,
    held: false,
    problem: null,
    since: Date.now() / 1000,
  };
  let over = false;
  let wanted = false; // on hold, as the person last pressed
  let asking = false; // a hold or its end is on its way to Asterisk

  function change(patch) {
    if (over) return;
    view = { ...view, ...patch };
    onChange(view);
  }

  function end() {
    if (over) return;
    over = true;
    audio.srcObject = null;
    onChange(null);
  }

  async function answer() {
    if (view.state !== 'ringing' || over) return;
    change({ state: 'answering', problem: null });
    const stream = await microphone.open();
    if (over) return;
    if (!stream) return change({ state: 'ringing', problem: 'microphone' });
    try {
      session.answer({ ...ANSWER, mediaStream: stream });
    } catch (error) {
      console.error(error);
      change({ state: 'ringing', problem: 'answer' });
    }
  }

  function hangUp() {
    if (over) return;
    try {
      session.terminate(view.state === 'ringing' ? { status_code: 480 } : undefined);
    } catch {
      end(); // already over on the other side
    }
  }

  function toggleMute() {
    if (view.state !== 'talking') return;
    if (view.muted) session.unmute({ audio: true });
    else session.mute({ audio: true });
  }

  function toggleHold() {
    if (view.state !== 'talking') return;
    wanted = !wanted;
    settleHold();
  }

  /** One request at a time: what was pressed meanwhile follows when Asterisk has answered. */
  function settleHold() {
    if (over || asking || wanted === view.held) return;
    const done = () => {
      asking = false;
      settleHold();
    };
    asking = wanted ? session.hold({}, done) : session.unhold({}, done);
    if (!asking) setTimeout(settleHold, AGAIN_MS); // another request of the session is on its way
  }

  session.on('peerconnection', ({ peerconnection }) => {
    peerconnection.addEventListener('track', (event) => {
      audio.srcObject = event.streams[0] || new MediaStream([event.track]);
      audio.play().catch(() => change({ problem: 'autoplay' }));
    });
  });
  // Candidates of a forgotten network card can take seconds; the ones we have by then are enough.
  let gathering = null;
  session.on('icecandidate', ({ ready }) => {
    clearTimeout(gathering);
    gathering = setTimeout(ready, GATHER_MS);
  });
  session.on('accepted', () => change({ state: 'talking', since: Date.now() / 1000 }));
  session.on('muted', () => change({ muted: true }));
  session.on('unmuted', () => change({ muted: false }));
  session.on('hold', ({ originator }) => originator === 'local' && change({ held: true }));
  session.on('unhold', ({ originator }) => originator === 'local' && change({ held: false }));
  session.on('getusermediafailed', () => change({ state: 'ringing', problem: 'microphone' }));
  session.on('ended', end);
  session.on('failed', end);
  onChange(view);

  return { view: () => view, answer, hangUp, toggleMute, toggleHold };
}
