/**
 * The folders of an application's state, one a task, `<state dir>/<application id>/<task>/<kind of store>`: which of them nobody
 * uses, and their removal. Who has a store of a task open holds the lock of the task's folder, in whichever thread and process;
 * what is locked is never removed.
 */

import { join } from 'node:path'
import { type DirectoryLock, LOCK_FILE } from './directory-lock.ts'
import { type StateFiles, systemFiles } from './offheap/state-files.ts'

const TASK_NAME = /^\d+_\d+$/

/** Tasks that have files of this kind and that nobody has open. */
export function idleTaskFolders(applicationDirectory: string, kind: string, files: StateFiles = systemFiles): string[] {
  return files
    .names(applicationDirectory)
    .filter((name) => TASK_NAME.test(name))
    .filter((task) => files.names(join(applicationDirectory, task, kind)).length > 0)
    .filter((task) => !files.isLocked(join(applicationDirectory, task)))
}

/**
 * Removes what a task has of this kind.
 * @throws MillraceError `MILLRACE_STATE_LOCKED` if anyone has it open
 */
export function removeTaskFolder(
  applicationDirectory: string,
  task: string,
  kind: string,
  files: StateFiles = systemFiles,
): void {
  const folder = join(applicationDirectory, task)
  if (files.names(join(folder, kind)).length === 0) return
  const lock = files.lock(folder, { exclusive: true })
  try {
    files.remove(join(folder, kind))
  } finally {
    lock.release()
  }
}

/**
 * Removes all tasks' state, of whatever kind, and nothing else: all of it or, if anyone has any of it, nothing.
 * @param others names of what else is state here
 * @throws MillraceError `MILLRACE_STATE_LOCKED` naming the directory and the process that has it
 */
export function removeTaskFolders(
  applicationDirectory: string,
  others: readonly string[] = [],
  files: StateFiles = systemFiles,
): void {
  const names = files.names(applicationDirectory)
  if (names.length === 0) return
  const tasks = names.filter((name) => TASK_NAME.test(name))
  const locks: DirectoryLock[] = []
  try {
    locks.push(files.lock(applicationDirectory, { exclusive: true }))
    for (const task of tasks) locks.push(files.lock(join(applicationDirectory, task), { exclusive: true }))
    for (const task of tasks) {
      const folder = join(applicationDirectory, task)
      // The lock goes last, and with it the folder.
      const kinds = files.names(folder).filter((name) => !name.startsWith(LOCK_FILE))
      for (const kind of kinds) files.remove(join(folder, kind))
    }
    for (const name of others) files.remove(join(applicationDirectory, name))
  } finally {
    for (const lock of locks.reverse()) lock.release()
  }
}
