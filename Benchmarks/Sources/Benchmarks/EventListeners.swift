import Foundation
import HTTPDoor

/// Many listeners to the bridge's events that all hear of each operation: how soon, and how many events a second.
enum EventListeners {
    /// Has `count` listeners hear of `operations` operations, twice: one by one, then all at once; tells the figures in a line.
    static func report(_ count: Int, hearing operations: Int, in folder: URL) async throws -> String {
        guard OpenFiles.allow(count + 256) >= count + 64 else { throw BenchmarkError("\(count) listeners need more open files") }
        let bridge = try BridgeProcess(in: folder)
        let numbers = Array(try bridge.enrol(2 * operations))
        let ears = try Ears(count, at: bridge.socket)
        let client = try BridgeConnection(to: bridge.socket)
        var delays: [Double] = []
        for (place, number) in numbers.prefix(operations).enumerated() {
            _ = try client.begin(BridgedToken(number))
            let answered = ContinuousClock.now
            try ears.hear(place + 1)
            delays.append((ContinuousClock.now - answered) / .seconds(1))
        }
        let before = (ears: ProcessorTime.used(), bridge: try bridge.used())
        let start = ContinuousClock.now
        for number in numbers.dropFirst(operations) { _ = try client.begin(BridgedToken(number)) }
        try ears.hear(2 * operations)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let events = Double(count * operations)
        let used = (ears: ProcessorTime.used() - before.ears, bridge: try bridge.used() - before.bridge)
        return """
            \(count) listeners, \(operations) operations one by one: the last has heard after \(RequestTimes.text(delays)); \
            \(operations) in a row: \(Int(events / seconds)) events a second, of which each takes the bridge \
            \(String(format: "%.1f", used.bridge.all / events * 1e6)) µs and the listeners \
            \(String(format: "%.1f", used.ears.all / events * 1e6)) µs
            """
    }
}

/// Connections that listen, all looked at by one thread (poll(2)).
private final class Ears {
    /// How each event of an operation begins; nothing else in the stream has such a line.
    private static let mark = Array("\nevent: operation\n".utf8)

    private let connections: [BridgeConnection]
    private var room = [UInt8](repeating: 0, count: 65_536)
    /// Of each, how many events it has heard, and how much of the next one's mark.
    private var heard: [(events: Int, matched: Int)]

    init(_ count: Int, at socket: String) throws {
        connections = try (0..<count).map { _ in try BridgeConnection(to: socket) }
        heard = Array(repeating: (0, 0), count: count)
        for connection in connections {
            try connection.listen()
            // The first bytes are the answer's head: from then on it listens.
            try BenchmarkError.check(unsafe read(connection.socket, &room, room.count) > 0, "read")
        }
    }

    /// Waits until each has heard so many events, and none more.
    func hear(_ count: Int) throws {
        while true {
            let places = heard.indices.filter { heard[$0].events < count }
            guard !places.isEmpty else { return }
            var waiting = places.map { pollfd(fd: connections[$0].socket, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&waiting, nfds_t(waiting.count), 30_000) > 0 else {
                throw BenchmarkError("\(places.count) listeners have not heard of \(count) operations")
            }
            for (place, state) in zip(places, waiting) where state.revents != 0 { try take(from: place, upTo: count) }
        }
    }

    private func take(from place: Int, upTo count: Int) throws {
        let size = unsafe read(connections[place].socket, &room, room.count)
        guard size > 0 else { throw BenchmarkError("a listener was let go") }
        var (events, matched) = heard[place]
        for byte in room.prefix(size) {
            // Only the first byte of the mark begins it anew.
            matched = byte == Self.mark[matched] ? matched + 1 : byte == Self.mark[0] ? 1 : 0
            guard matched == Self.mark.count else { continue }
            events += 1
            matched = 1
        }
        heard[place] = (events, matched)
        guard events <= count else { throw BenchmarkError("a listener heard of an operation twice") }
    }
}
