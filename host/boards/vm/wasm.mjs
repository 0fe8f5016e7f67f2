// Runs MicroPython's npm build like the unix program:
//   node wasm.mjs PACKAGE [-X heapsize=N] (-c CODE | FILE) ARGUMENTS
// The host's folders are mounted under their own names, standard input and output are raw octets.

import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

const [folder, ...rest] = process.argv.slice(2)
let heapsize = 1 << 20
if (rest[0] === '-X') {
  heapsize = Number(rest[1].split('=')[1])
  rest.splice(0, 2)
}

const { loadMicroPython } = await import(pathToFileURL(path.join(folder, 'micropython.mjs')))

// Emscripten's numbers for what Node says.
const ERRNO = {
  EACCES: 2, EBADF: 8, EBUSY: 10, EEXIST: 20, EINVAL: 28, EIO: 29, EISDIR: 31, ENOENT: 44,
  ENOSPC: 51, ENOTDIR: 54, ENOTEMPTY: 55, EPERM: 63, EROFS: 69, EXDEV: 75,
}

const writeAll = (fd, octets) => {
  for (let sent = 0; sent < octets.length;) {
    try {
      sent += fs.writeSync(fd, octets, sent)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

const vm = await loadMicroPython({
  heapsize,
  linebuffer: false,
  stdin: readOctet,
  stdout: (octets) => writeAll(1, octets),
  stderr: (octets) => writeAll(2, octets),
})
const { FS } = vm

// Standard input, whose descriptor may be non-blocking.
const bell = new Int32Array(new SharedArrayBuffer(4))
const pause = () => Atomics.wait(bell, 0, 0, 2)
const piece = Buffer.alloc(4096)
let arrived = Buffer.alloc(0)
let ended = false

function fill() {
  if (arrived.length > 0 || ended) return true
  try {
    const count = fs.readSync(0, piece)
    arrived = Buffer.from(piece.subarray(0, count))
    ended = count === 0
    return true
  } catch (error) {
    if (error.code === 'EAGAIN') return false
    throw error
  }
}

// What Emscripten asks for: an octet, or null where a reading ends. "Nothing yet" cannot be said: this build takes
// Emscripten's EAGAIN for an error. So programs poll first, and null then ends a partial reading.
function readOctet() {
  if (!fill() || ended) return null
  const first = arrived[0]
  arrived = arrived.subarray(1)
  return first
}

const attempt = (action) => {
  try {
    return action()
  } catch (error) {
    if (error.code === undefined) throw error
    throw new FS.ErrnoError(ERRNO[error.code] ?? ERRNO.EIO)
  }
}

// A file system of Emscripten's that hands every call to Node.
const HOST = {
  mount: (mount) => HOST.createNode(null, '/', fs.statSync(mount.opts.root).mode),
  createNode(parent, name, mode) {
    const node = FS.createNode(parent, name, mode)
    node.node_ops = HOST.node_ops
    node.stream_ops = HOST.stream_ops
    return node
  },
  realPath(node) {
    const parts = []
    for (; node.parent !== node; node = node.parent) parts.unshift(node.name)
    return path.join(node.mount.opts.root, ...parts)
  },
  node_ops: {
    getattr(node) {
      const { dev, ino, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, blksize, blocks } =
        attempt(() => fs.statSync(HOST.realPath(node)))
      return { dev, ino, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, blksize, blocks }
    },
    setattr(node, { size }) {
      if (size !== undefined) attempt(() => fs.truncateSync(HOST.realPath(node), size))
    },
    lookup(parent, name) {
      const { mode } = attempt(() => fs.statSync(path.join(HOST.realPath(parent), name)))
      return HOST.createNode(parent, name, mode)
    },
    mknod(parent, name, mode) {
      const node = HOST.createNode(parent, name, mode)
      const where = HOST.realPath(node)
      attempt(() => (FS.isDir(mode) ? fs.mkdirSync(where) : fs.writeFileSync(where, '')))
      return node
    },
    rename(node, parent, name) {
      attempt(() => fs.renameSync(HOST.realPath(node), path.join(HOST.realPath(parent), name)))
      node.name = name
    },
    unlink: (parent, name) => attempt(() => fs.unlinkSync(path.join(HOST.realPath(parent), name))),
    rmdir: (parent, name) => attempt(() => fs.rmdirSync(path.join(HOST.realPath(parent), name))),
    readdir: (node) => ['.', '..', ...attempt(() => fs.readdirSync(HOST.realPath(node)))],
  },
  stream_ops: {
    open(stream) {
      if (!FS.isFile(stream.node.mode)) return
      // Emscripten has created or truncated the file already.
      const flags = stream.flags & ~(fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_TRUNC)
      stream.nfd = attempt(() => fs.openSync(HOST.realPath(stream.node), flags & ~0o2000000))
    },
    close(stream) {
      if (stream.nfd !== undefined) attempt(() => fs.closeSync(stream.nfd))
    },
    read: (stream, buffer, offset, length, position) =>
      attempt(() => fs.readSync(stream.nfd, new Uint8Array(buffer.buffer, offset, length), 0, length, position)),
    write: (stream, buffer, offset, length, position) =>
      attempt(() => fs.writeSync(stream.nfd, new Uint8Array(buffer.buffer, offset, length), 0, length, position)),
    fsync(stream) {
      attempt(() => fs.fsyncSync(stream.nfd))
      return 0
    },
    llseek(stream, offset, whence) {
      const size = () => attempt(() => fs.fstatSync(stream.nfd)).size
      const position = offset + (whence === 1 ? stream.position : whence === 2 ? size() : 0)
      if (position < 0) throw new FS.ErrnoError(ERRNO.EINVAL)
      return position
    },
  },
}

for (const name of fs.readdirSync('/')) {
  const own = `/${name}`
  if (['dev', 'proc', 'sys'].includes(name) || !fs.statSync(own, { throwIfNoEntry: false })?.isDirectory()) continue
  if (!FS.analyzePath(own).exists) FS.mkdir(own)
  FS.mount(HOST, { root: own }, own)
}
FS.chdir(process.cwd())

const inline = rest[0] === '-c'
const code = inline ? rest[1] : fs.readFileSync(rest[0], 'utf8')
const modules = process.env.MICROPYPATH?.split(':') ?? ['.frozen']
const first = inline ? '' : path.dirname(rest[0])
const start = {
  argv: inline ? ['-c', ...rest.slice(2)] : rest,
  modules: [first, ...modules],
  environment: process.env,
}
FS.writeFile('/start.json', JSON.stringify(start))
// select.poll of this build does not wait; the one stream there is to wait for is standard input.
vm.registerJsModule('_host', {
  random: (count) => randomBytes(count).toString('hex'),
  wait(milliseconds) {
    const end = Date.now() + milliseconds
    while (!fill()) {
      if (milliseconds >= 0 && Date.now() >= end) return false
      pause()
    }
    return true
  },
})
let status = 0
try {
  vm.runPython(`
import sys, os, json
with open("/start.json") as _file:
    _start = json.load(_file)
sys.argv[:] = _start["argv"]
sys.path[:] = _start["modules"]
os.getenv = _start["environment"].get
os.urandom = lambda count, random=__import__("_host").random: bytes.fromhex(random(count))
class poll:
    def register(self, stream, mask=1):
        self.stream = stream
    def poll(self, milliseconds=-1, wait=__import__("_host").wait):
        return [(self.stream, 1)] if wait(milliseconds) else []
class select:
    POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16
select.poll = poll
sys.modules["select"] = select
del _file, _start, json, os, sys, poll, select
`)
  vm.runPython(code)
} catch (error) {
  if (error.name !== 'PythonError') throw error
  const exit = /SystemExit: ?(\d*)\s*$/.exec(error.message)
  if (exit) status = Number(exit[1])
  else {
    process.stderr.write(error.message + '\n')
    status = 1
  }
}
process.exit(status)
