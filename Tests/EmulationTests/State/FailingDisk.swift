import Synchronization

@testable import Emulation

/// A disk that forgets what was not made lasting: its power can be cut after any call, or a call refused.
///
/// What a file system may do then, some do: a name that was given lately is there or not; content that was not made lasting
/// is there, not there, or there in half.
final class FailingDisk: StateFileSystem {
    private struct Content {
        var written: [UInt8] = []
        var lasting: [UInt8] = []
    }

    private struct State {
        /// Contents by their numbers.
        var contents: [Int32: Content] = [:]
        /// What the folder lists: the last of these for programs; after a power cut any of them may be left.
        var folders: [[String: Int32]] = [[:]]
        var lastNumber: Int32 = 0
        var calls = 0
        var trouble: (call: Int, isPowerCut: Bool)?
        /// What fsync(2) of the folder fails with; 0 for nothing.
        var folderFailure: Int32 = 0
        var locks: Set<String> = []

        var names: [String: Int32] { folders.last ?? [:] }

        mutating func list(_ change: (inout [String: Int32]) -> Void) {
            var names = self.names
            change(&names)
            folders.append(names)
        }
    }

    /// What the folder is called to ``synchronise(_:)``.
    private static let folder: Int32 = -2
    private let state: Mutex<State>

    init() { state = Mutex(State()) }

    private init(_ names: [String: Int32], _ contents: [Int32: [UInt8]]) {
        state = Mutex(State(contents: contents.mapValues { Content(written: $0, lasting: $0) }, folders: [names]))
    }

    /// From now on all goes well until `call` calls have; then power is gone for good, or that one call is refused.
    func trouble(after call: Int, isPowerCut: Bool) { state.withLock { $0.trouble = ($0.calls + call, isPowerCut) } }

    /// From now on the folder cannot be made lasting, for this reason (`errno`).
    func refuseFolder(_ number: Int32) { state.withLock { $0.folderFailure = number } }

    /// Every disk that may be found after the power was cut now.
    var survivors: [FailingDisk] {
        state.withLock { state in
            state.folders.flatMap { names in
                var disks: [[Int32: [UInt8]]] = [[:]]
                for number in Set(names.values) {
                    guard let content = state.contents[number] else { continue }
                    let fates = [content.lasting, content.written, Array(content.written.prefix(content.written.count / 2))]
                    let possible = content.written == content.lasting ? [content.written] : fates
                    disks = disks.flatMap { disk in possible.map { bytes in disk.merging([number: bytes]) { $1 } } }
                }
                return disks.map { FailingDisk(names, $0) }
            }
        }
    }

    private func call<R>(_ name: String, _ path: String = "", _ body: (inout State) -> R) throws(StateFileFailure) -> R {
        let result: Result<R, StateFileFailure> = state.withLock { state in
            state.calls += 1
            if let trouble = state.trouble, trouble.isPowerCut ? state.calls > trouble.call : state.calls == trouble.call + 1 {
                return .failure(StateFileFailure(call: name, path: path, reason: "No space left on device"))
            }
            return .success(body(&state))
        }
        return try result.get()
    }

    func lock(_ path: String) throws(StateFileFailure) -> Int32? {
        state.withLock { $0.locks.insert(path).inserted ? 0 : nil }
    }

    func release(_ lock: Int32) { state.withLock { $0.locks = [] } }

    func read(_ path: String, limit: Int) throws(StateFileFailure) -> [UInt8]? {
        state.withLock { state in state.names[path].flatMap { state.contents[$0]?.written } }
    }

    func remove(_ path: String) throws(StateFileFailure) {
        try call("unlink", path) { $0.list { $0[path] = nil } }
    }

    func create(_ path: String) throws(StateFileFailure) -> Int32 {
        try call("open", path) { state in
            state.lastNumber += 1
            let number = state.lastNumber
            state.contents[number] = Content()
            state.list { $0[path] = number }
            return number
        }
    }

    /// Takes at most 500 bytes at once, as `write(2)` may.
    func write(_ bytes: ArraySlice<UInt8>, to file: Int32) throws(StateFileFailure) -> Int {
        try call("write") { state in
            state.contents[file]?.written += bytes.prefix(500)
            return min(bytes.count, 500)
        }
    }

    func links(to path: String) -> Int { 1 }

    func synchronise(_ file: Int32) throws(StateFileFailure) {
        let number = state.withLock { $0.folderFailure }
        if file == Self.folder, number != 0 { throw StateFileFailure(call: "fsync", path: "", reason: "refused", number: number) }
        try call("fsync") { state in
            if file == Self.folder {
                state.folders = [state.names]
            } else if let written = state.contents[file]?.written {
                state.contents[file]?.lasting = written
            }
        }
    }

    func close(_ file: Int32) {}

    func rename(_ from: String, to path: String) throws(StateFileFailure) {
        try call("rename", path) { $0.list { $0[path] = $0.removeValue(forKey: from) } }
    }

    func openFolder(_ path: String) throws(StateFileFailure) -> Int32 { try call("open", path) { _ in Self.folder } }
}
