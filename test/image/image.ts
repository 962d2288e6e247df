import type { ImageConfig } from './recipe.js'

/** An image, in whatever way it was built. */
export interface Image {
  /** Its root file system. */
  readonly root: string
  readonly config: ImageConfig
  /** Folders of this machine that its root lacks: path in the image -> path here. */
  readonly borrowed: Readonly<Record<string, string>>
  /** Bytes that it has on top of its base, where that is known. */
  readonly ownBytes: number | undefined
  /** Builds an image on top of this one. */
  derive(dockerfile: string, context: string): Promise<Image>
}

/** What builds an image of a Dockerfile and the folder that is its context. */
export type Build = (dockerfile: string, context: string) => Promise<Image>
