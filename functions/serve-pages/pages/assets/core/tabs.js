// Tells other tabs of this browser what changed, so that no two of them show different things, and tells a tab that
// it is looked at again.

/**
 * Opens a channel of one topic. `tell` reaches every other tab, never this one.
 * @template Message
 * @param {string} topic
 * @param {(message: Message) => void} hear
 * @param {AbortSignal} signal closes it
 * @returns {(message: Message) => void} tells the other tabs
 */
export function channel(topic, hear, signal) {
  const tabs = new BroadcastChannel(`puntos.${topic}`);
  tabs.addEventListener("message", (event) => hear(event.data));
  signal.addEventListener("abort", () => tabs.close());
  return (message) => {
    if (!signal.aborted) tabs.postMessage(message);
  };
}

/**
 * Calls back when this tab is looked at again: others may have changed what it shows.
 * @param {() => void} back
 * @param {AbortSignal} signal
 */
export function onReturn(back, signal) {
  window.addEventListener("focus", back, { signal });
}
