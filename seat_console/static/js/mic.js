// The microphone: opened once and kept, so that answering does not wait for it and a fault is known before a call.

const WANTED = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false };
const PROBLEMS = { NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'missing', NotReadableError: 'busy' };

/** `onProblem(word|null)`: denied, missing, busy, insecure (page not over HTTPS or loopback), failed; null when well. */
export function createMicrophone(onProblem) {
  let stream = null;
  let opening = null;

  async function open() {
    if (stream?.getAudioTracks().some((track) => track.readyState === 'live')) return stream;
    opening ??= ask().finally(() => {
      opening = null;
    });
    return opening;
  }

  async function ask() {
    if (!navigator.mediaDevices?.getUserMedia) {
      onProblem('insecure');
      return null;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia(WANTED);
    } catch (error) {
      stream = null;
      onProblem(PROBLEMS[error.name] || 'failed');
      return null;
    }
    for (const track of stream.getAudioTracks()) {
      track.addEventListener('ended', () => {
        stream = null;
        onProblem('missing'); // unplugged, or the permission was taken back
      });
    }
    onProblem(null);
    return stream;
  }

  function close() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
  }

  navigator.mediaDevices?.addEventListener?.('devicechange', () => {
    if (!stream) open();
  });

  return { open, close, isOpen: () => Boolean(stream) };
}

/** True when the browser would not ask the person again. */
export async function microphoneIsAllowed() {
  try {
    return (await navigator.permissions.query({ name: 'microphone' })).state === 'granted';
  } catch {
    return false; // a browser that cannot say is asked on the person's click
  }
}
