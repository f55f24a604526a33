import Foundation
import ISO7816
import Synchronization
import TestSupport

@testable import Emulation

/// The place where an emulator dies while it answers a VERIFY.
enum DeathPoint: Hashable, CustomStringConvertible {
    /// After so many calls into the file system, from the command's arrival on.
    case afterCall(Int)
    /// After the comparison and all that it wrote, before the answer leaves.
    case beforeAnswer

    /// For the way into the child process: 0 is ``beforeAnswer``.
    init(number: Int) { self = number == 0 ? .beforeAnswer : .afterCall(number) }

    var number: Int { if case .afterCall(let call) = self { call } else { 0 } }
    var description: String { if case .afterCall(let call) = self { "after call \(call)" } else { "before the answer" } }

    /// One write of the state file: unlink, open, write, fsync, rename, open, fsync.
    static let callsOfWrite = 7
    /// From this call on the new contents have the name.
    static let rename = 5
}

/// An emulator for a child process that kills itself, with SIGKILL, at one exact place.
enum KilledEmulator {
    /// Opens the card, puts it into a vpcd slot, and serves it until it is dead.
    static func serve(_ path: String, port: UInt16, _ point: DeathPoint) async throws {
        let (keeper, snapshot) = try CardStateFile.open(at: path, passphrase: nil, on: DeadlyFiles(point))
        let memory = CardMemory(snapshot.cells) { cells throws(CardMemoryError) in try keeper.keep(cells) }
        let piv = PIVApplet(memory: memory, randomness: SeededGenerator(seed: 1))
        let card = VirtualCard(atr: snapshot.atr, applets: [DeadlyApplet(piv, point)], memory: memory)
        let slot = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: port, patience: .patient)
        try await Task.sleep(for: .seconds(60))
        await slot.remove()
    }

    fileprivate static func die() { kill(getpid(), SIGKILL) }
}

/// The machine's files, up to one call.
private final class DeadlyFiles: StateFileSystem {
    private let system = SystemStateFiles()
    private let point: DeathPoint
    private let calls = Mutex(0)

    init(_ point: DeathPoint) { self.point = point }

    private func counted<R>(_ body: () throws(StateFileFailure) -> R) throws(StateFileFailure) -> R {
        let result = try body()
        let call = calls.withLock { calls in
            calls += 1
            return calls
        }
        if point == .afterCall(call) { KilledEmulator.die() }
        return result
    }

    func lock(_ path: String) throws(StateFileFailure) -> Int32? { try system.lock(path) }
    func release(_ lock: Int32) { system.release(lock) }
    func links(to path: String) -> Int { system.links(to: path) }
    func read(_ path: String, limit: Int) throws(StateFileFailure) -> [UInt8]? { try system.read(path, limit: limit) }
    func remove(_ path: String) throws(StateFileFailure) {
        try counted { () throws(StateFileFailure) in try system.remove(path) }
    }
    func create(_ path: String) throws(StateFileFailure) -> Int32 {
        try counted { () throws(StateFileFailure) in try system.create(path) }
    }
    func write(_ bytes: ArraySlice<UInt8>, to file: Int32) throws(StateFileFailure) -> Int {
        try counted { () throws(StateFileFailure) in try system.write(bytes, to: file) }
    }
    func synchronise(_ file: Int32) throws(StateFileFailure) {
        try counted { () throws(StateFileFailure) in try system.synchronise(file) }
    }
    func close(_ file: Int32) { system.close(file) }
    func rename(_ from: String, to path: String) throws(StateFileFailure) {
        try counted { () throws(StateFileFailure) in try system.rename(from, to: path) }
    }
    func openFolder(_ path: String) throws(StateFileFailure) -> Int32 {
        try counted { () throws(StateFileFailure) in try system.openFolder(path) }
    }
}

/// An application that runs a VERIFY with a PIN to its end, and then answers nobody.
private struct DeadlyApplet: CardApplet {
    private var applet: PIVApplet
    private let point: DeathPoint

    init(_ applet: PIVApplet, _ point: DeathPoint) {
        self.applet = applet
        self.point = point
    }

    var names: [[UInt8]] { applet.names }
    mutating func select(_ command: CommandAPDU) -> ResponseAPDU { applet.select(command) }
    mutating func deselect() { applet.deselect() }

    mutating func process(_ command: CommandAPDU) -> ResponseAPDU {
        let response = applet.process(command)
        if command.instruction == 0x20, !command.data.isEmpty, point == .beforeAnswer { KilledEmulator.die() }
        return response
    }
}
