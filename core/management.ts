import type { ModelInfo } from './models.js'

/** What `POST` and `DELETE /models` do. */
export interface Management {
  /**
   * Loads a model; done when it answers.
   *
   * @param url  the path of its artifact; in standalone mode the target, as `name` is
   * @returns what the caller is told of it
   */
  load(name: string, url: string): Promise<ModelInfo>
  /** Done when its memory is free. */
  unload(name: string): Promise<void>
}
