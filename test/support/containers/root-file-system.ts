import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The files of an image that is made by hand, from what this machine has. */
export class RootFileSystem {
  /** Container runtimes mount these where an image has none; a root that cannot be written has to have them. */
  private static readonly MOUNT_POINTS = ['dev', 'etc', 'proc', 'sys', 'tmp'];

  constructor(readonly directory: string) {
    RootFileSystem.MOUNT_POINTS.forEach((name) => mkdirSync(join(directory, name), { recursive: true }));
  }

  /** Copies a program that needs nothing else. */
  addProgram(source: string, target: string): this {
    copyFileSync(source, this.place(target));
    chmodSync(this.place(target), 0o755);
    return this;
  }

  /** Copies a program and the shared libraries that it needs. */
  addLinkedProgram(source: string, target: string): this {
    return this.addProgram(source, target).addLibrariesOf(source);
  }

  /** Copies a file or directory, as far as it is wanted, and the shared libraries that those in it need. */
  addTree(source: string, target: string, isWanted: (path: string) => boolean = () => true): this {
    cpSync(source, this.place(target), {
      recursive: true, dereference: true, preserveTimestamps: true, filter: isWanted,
    });
    const libraries = readdirSync(this.place(target), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.so')).map((path) => join(source, path));
    return libraries.length === 0 ? this : this.addLibrariesOf(...libraries);
  }

  addLink(target: string, path: string): this {
    symlinkSync(target, this.place(path));
    return this;
  }

  /** Where the loader will look for them, which is where it has found them here. */
  private addLibrariesOf(...files: readonly string[]): this {
    const listed = execFileSync('ldd', files, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    for (const [, path] of listed.matchAll(/(?:=>|^)\s+(\/\S+) \(0x/gm)) {
      if (!existsSync(this.place(path!))) {
        copyFileSync(path!, this.place(path!));
      }
    }
    return this;
  }

  private place(path: string): string {
    const place = join(this.directory, path);
    mkdirSync(dirname(place), { recursive: true });
    return place;
  }
}
