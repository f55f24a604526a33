import Foundation
import Synchronization

/// The service's side of libpcsclite's socket, played from a script: readers come and go, calls fail or never return.
///
/// It does what vpcd cannot: readers that arrive and leave, more than a test machine has, codes that a real daemon gives
/// only in a race. The messages are those of pcsc-lite 1.9 (protocol 4): a size, a command, a structure; the structure
/// comes back with a result at its end. One a process, because the C library reads `PCSCLITE_CSOCK_NAME` once.
public final class ScriptedPCSCD: Sendable {
    /// A reader as the service tells it.
    public struct Reader: Sendable {
        /// At most 127 bytes.
        public var name: String
        /// How often a card came or went.
        public var eventCount: UInt32
        /// The card's Answer-to-Reset; `nil` without a card.
        public var atr: [UInt8]?
        /// Whether its driver is still starting: it is listed, but nothing is said of a card.
        public var isStarting = false
        /// Whether a program has its card.
        public var isInUse = false

        /// A reader, by default empty.
        public init(_ name: String, eventCount: UInt32 = 0, atr: [UInt8]? = nil) {
            (self.name, self.eventCount, self.atr) = (name, eventCount, atr)
        }
    }

    /// The messages that a script cares for.
    public enum Command: UInt32, Sendable {
        case establish = 0x01, connect = 0x04, reconnect = 0x05, disconnect = 0x06, begin = 0x07, end = 0x08, transmit = 0x09
        case readers = 0x12
        case wait = 0x13
    }

    /// How many readers the service has room for.
    public static let places = 16
    private static let stopWaiting: UInt32 = 0x14

    private struct State {
        var readers: [Reader] = []
        var results: [UInt32: [UInt32]] = [:]
        var received: [UInt32] = []
        var waiting: Set<Int32> = []
        var clients: Set<Int32> = []
        /// The last context or card: the C library asks again and again for one that it does not know yet.
        var lastHandle: UInt32 = 0
        var afterListing: [@Sendable (inout [Reader]) -> Void] = []
        var afterWaiting: [@Sendable (inout [Reader]) -> Void] = []
    }

    private let state = Mutex(State())
    private let gate = NSCondition()
    /// The commands that nobody is answered; `nil` for all.
    private let hanging = Mutex<Set<Command?>>([])
    private let path: String

    /// What goes with the process: until then the service's own threads keep it.
    private static let folders = Mutex<[URL]>([])
    private static let cleaning: Int32 = atexit {
        ScriptedPCSCD.folders.withLock { folders in for folder in folders { try? FileManager.default.removeItem(at: folder) } }
    }

    /// A service with these readers, which this process's C library will find.
    public init(_ readers: [Reader] = []) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-script-\(UInt32.random(in: 0...UInt32.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = Self.cleaning
        Self.folders.withLock { $0.append(folder) }
        path = folder.appending(path: "pcscd.comm").path
        state.withLock { $0.readers = readers }
        setenv("PCSCLITE_CSOCK_NAME", path, 1)
        let listener = try UnixSocket.listen(at: path)
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { [self] in serve(client) }
            }
        }
    }

    /// Changes the readers, and wakes who waits for that.
    public func change(_ body: (inout [Reader]) -> Void) {
        state.withLock { state in
            body(&state.readers)
            for client in state.waiting { Self.send(Self.words([0, 0]), to: client) }
            state.waiting = []
        }
    }

    /// Changes the readers right after they were next told, before anybody can ask again.
    public func afterNextListing(_ body: @escaping @Sendable (inout [Reader]) -> Void) {
        state.withLock { $0.afterListing.append(body) }
    }

    /// Changes the readers when somebody has been told what is in them and is to be told of changes, and tells nobody.
    public func afterNextWaiting(_ body: @escaping @Sendable (inout [Reader]) -> Void) {
        state.withLock { $0.afterWaiting.append(body) }
    }

    /// The results of the next such calls; later ones succeed again.
    public func fail(_ command: Command, with codes: UInt32...) {
        state.withLock { $0.results[command.rawValue, default: []] += codes }
    }

    /// How many such calls have come.
    public func count(of command: Command) -> Int { state.withLock { $0.received.count { $0 == command.rawValue } } }

    /// How many clients are connected.
    public var clients: Int { state.withLock { $0.clients.count } }

    /// Lets calls wait for ever, until told otherwise: such calls, or all.
    public func hang(_ hangs: Bool, at command: Command? = nil) {
        hanging.withLock { commands in
            commands.remove(command)
            if hangs { commands.insert(command) }
        }
        gate.lock()
        gate.broadcast()
        gate.unlock()
    }

    /// Breaks all connections, as a service does that dies and is back at once.
    public func breakConnections() {
        state.withLock { for client in $0.clients { shutdown(client, Int32(SHUT_RDWR)) } }
    }

    private func isHanging(at command: UInt32) -> Bool {
        hanging.withLock { commands in commands.contains(nil) || commands.contains(Command(rawValue: command)) }
    }

    private func serve(_ client: Int32) {
        state.withLock { _ = $0.clients.insert(client) }
        while let header = Self.receive(8, from: client) {
            let (size, command) = (Self.word(header, 0), Self.word(header, 4))
            guard size < 1 << 20, var body = Self.receive(Int(size), from: client) else { break }
            gate.lock()
            while isHanging(at: command) { gate.wait() }
            gate.unlock()
            let (handle, result) = state.withLock { state -> (UInt32, UInt32) in
                state.received.append(command)
                state.lastHandle += 1
                guard let codes = state.results[command], let code = codes.first else { return (state.lastHandle, 0) }
                state.results[command] = Array(codes.dropFirst())
                return (state.lastHandle, code)
            }
            switch command {
            case Command.readers.rawValue, Command.wait.rawValue: tellReaders(to: client, waits: command == Command.wait.rawValue)
            case Self.stopWaiting:
                state.withLock { if $0.waiting.remove(client) != nil { Self.send(Self.words([0, 0]), to: client) } }
            case Command.transmit.rawValue:
                guard Self.receive(Int(Self.word(body, 12)), from: client) != nil else { break }
                let answer: [UInt8] = result == 0 ? [0x90, 0x00] : []
                body.replaceSubrange(24..<32, with: Self.words([UInt32(answer.count), result]))
                Self.send(body + answer, to: client)
            case Command.establish.rawValue where body.count >= 8:
                body.replaceSubrange(body.count - 8..<body.count, with: Self.words([handle, result]))
                Self.send(body, to: client)
            case Command.connect.rawValue where body.count >= 12:
                // The card's handle, T=1, the result.
                body.replaceSubrange(body.count - 12..<body.count, with: Self.words([handle, 2, result]))
                Self.send(body, to: client)
            case Command.reconnect.rawValue where body.count >= 8:
                body.replaceSubrange(body.count - 8..<body.count, with: Self.words([2, result]))
                Self.send(body, to: client)
            default:
                if body.count >= 4 { body.replaceSubrange(body.count - 4..<body.count, with: Self.words([result])) }
                Self.send(body, to: client)
            }
        }
        state.withLock { state in
            state.clients.remove(client)
            state.waiting.remove(client)
            close(client)
        }
    }

    /// All places, taken or not: name, count, state, sharing, ATR, its length, protocol.
    private func tellReaders(to client: Int32, waits: Bool) {
        state.withLock { state in
            var message: [UInt8] = []
            for place in 0..<Self.places {
                let reader = place < state.readers.count ? state.readers[place] : Reader("")
                let atr = reader.atr ?? []
                let flags: UInt32 = reader.name.isEmpty || reader.isStarting ? 0 : reader.atr == nil ? 0x02 : 0x34
                message += Self.padded(Array(reader.name.utf8), to: 128) + Self.words([reader.eventCount, flags, reader.isInUse ? 1 : 0])
                message += Self.padded(atr, to: 36) + Self.words([UInt32(atr.count), 2])
            }
            Self.send(message, to: client)
            if waits { state.waiting.insert(client) }
            if waits, !state.afterWaiting.isEmpty { state.afterWaiting.removeFirst()(&state.readers) }
            if !waits, !state.afterListing.isEmpty { state.afterListing.removeFirst()(&state.readers) }
        }
    }

    private static func padded(_ bytes: [UInt8], to count: Int) -> [UInt8] {
        Array(bytes.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - bytes.count))
    }

    private static func words(_ words: [UInt32]) -> [UInt8] { words.flatMap { word in withUnsafeBytes(of: word) { Array($0) } } }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        guard offset + 4 <= bytes.count else { return 0 }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    private static func send(_ bytes: [UInt8], to client: Int32) {
        _ = bytes.withUnsafeBytes { Foundation.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private static func receive(_ count: Int, from client: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = bytes.withUnsafeMutableBytes { count == 0 ? 0 : recv(client, $0.baseAddress, count, Int32(MSG_WAITALL)) }
        return received == count ? bytes : nil
    }
}
