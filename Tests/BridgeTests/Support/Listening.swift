import Foundation
import NIOCore
import Testing
import Verification
import DeviceProtocol

@testable import Bridge

/// A client that listens, remembers the last event's id, and comes again with it.
struct Listening {
    /// One operation as it was told.
    struct Told: Hashable, Decodable {
        let id: String
        let state: String
        let change: Int64
    }

    private(set) var last: Int64?
    private(set) var told: [Told] = []
    private(set) var others: [String] = []

    /// Joins a feed from where it left off.
    func join(_ feed: Feed, as caller: String = "core") async throws -> EventFrames.Iterator {
        EventFrames(feed, try await feed.listen(as: caller, after: last)).makeAsyncIterator()
    }

    /// Takes so many changes of operations.
    mutating func take(_ count: Int, of frames: EventFrames.Iterator) async throws {
        var frames = frames
        let goal = told.count + count
        while told.count < goal, let frame = try await frames.next() { take(frame) }
    }

    /// Takes changes until an operation's outcome was told.
    mutating func take(until id: ChallengeID, of frames: EventFrames.Iterator) async throws {
        var frames = frames
        while !told.contains(where: { $0.id == id.description && $0.state != "pending" && $0.state != "working" }),
            let frame = try await frames.next()
        {
            take(frame)
        }
    }

    /// Reads a frame as a browser does (HTML, 9.2.6).
    mutating func take(_ frame: ByteBuffer) {
        var (name, data) = ("message", "")
        for line in String(buffer: frame).split(separator: "\n") {
            if let id = line.wholeMatch(of: /id: (\d+)/) { last = Int64(id.1) }
            if let event = line.wholeMatch(of: /event: (.+)/) { name = String(event.1) }
            if let value = line.wholeMatch(of: /data: (.+)/) { data = String(value.1) }
        }
        if data.isEmpty { return }
        if name == "operation", let one = try? JSONDecoder().decode(Told.self, from: Data(data.utf8)) {
            told.append(one)
        } else {
            others.append("\(name) \(data)")
        }
    }
}
