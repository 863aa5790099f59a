/** Work that several changes of one tick ask for and that is done once, after them: what they made of requests is shared. */

/** @returns asks for `run`, which is called when this tick's code has ended, however often it was asked for */
export function onceATick(run: () => void): () => void {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    void Promise.resolve().then(() => {
      asked = false
      run()
    })
  }
}
