import Foundation
import NIOCore
import NIOPosix

@testable import HTTPDoor

/// A client that sends bytes as they are, for what no proper client sends.
enum RawPeer {
    /// Sends `text`, and reads until the door closes the connection, or `isEnough` holds for what came.
    static func send(_ text: String, to address: DoorAddress, until isEnough: @Sendable (String) -> Bool = { _ in false }) async throws
        -> String
    {
        let channel = try await connect(to: address)
        return try await channel.executeThenClose { inbound, outbound in
            var answer = ByteBuffer()
            // The door may have closed already: what it said before counts.
            if !text.isEmpty { try? await outbound.write(ByteBuffer(string: text)) }
            do {
                for try await bytes in inbound {
                    answer.writeImmutableBuffer(bytes)
                    if isEnough(String(buffer: answer)) { break }
                }
            } catch is IOError {}
            return String(buffer: answer)
        }
    }

    /// A connection that has sent nothing.
    static func connect(to address: DoorAddress) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
        let setup: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
        switch address {
        case .unix(let path): return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: setup)
        case .tcp(let host, let port): return try await bootstrap.connect(host: host, port: port, channelInitializer: setup)
        }
    }

    /// A request with the fields that every request has, and the last of its connection.
    static func request(_ line: String, _ fields: [String] = [], body: String = "", host: String = "localhost") -> String {
        let all = ["\(line) HTTP/1.1", "Host: \(host)", "Connection: close"] + fields
        return all.joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}

extension String {
    /// The status of a first answer; 0 when there is none.
    var status: Int { hasPrefix("HTTP/1.1 ") ? Int(dropFirst(9).prefix(3)) ?? 0 : 0 }

    /// How many answers there are.
    var statuses: [Int] {
        components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
    }
}
