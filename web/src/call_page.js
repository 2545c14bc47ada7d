// Calls what belongs to the page. What it throws is reported, as with any event listener, and stops
// nothing of ours.
export function callPage(action) {
  try {
    action();
  } catch (error) {
    if (typeof reportError === "function") reportError(error);
    else
      queueMicrotask(() => {
        throw error;
      });
  }
}
