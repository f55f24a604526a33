import Foundation
import Synchronization

/// The barest card at a vpcd slot: an ATR, and for each command what the test says.
///
/// Messages are a two-byte length and a body; a body of one byte is for the power: off, on, reset, ATR (0, 1, 2, 4).
public final class WireCard: Sendable {
    /// What the card does with a command.
    public enum Reaction: Sendable {
        /// Answers with these bytes, at least one: vpcd never returns from an empty answer.
        case answer([UInt8])
        /// Says nothing, ever, and stays in the reader.
        case silence
        /// Is pulled out before it answers.
        case pull
    }

    /// The smallest card of T=1: no historical bytes.
    public static let plainATR: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

    private struct State {
        var descriptor: Int32?
        var isPulled = false
        var commands: [[UInt8]] = []
        var resets = 0
    }

    private let state = Mutex(State())
    private let atr: [UInt8]
    private let react: @Sendable ([UInt8]) -> Reaction

    /// A card in the slot; pcscd notices it within half a second.
    ///
    /// - Parameter react: called on the card's own thread for each command.
    public init(in slot: PrivatePCSCD.Slot, atr: [UInt8] = plainATR, _ react: @escaping @Sendable ([UInt8]) -> Reaction) {
        self.atr = atr
        self.react = react
        Thread.detachNewThread { [self] in
            serve(slot.port)
            // Closed under the lock, so that pull() never meets another file of the same number.
            state.withLock { state in
                if let descriptor = state.descriptor.take() { close(descriptor) }
            }
        }
    }

    /// A card that answers every command with success.
    public convenience init(in slot: PrivatePCSCD.Slot, atr: [UInt8] = plainATR) {
        self.init(in: slot, atr: atr) { _ in .answer([0x90, 0x00]) }
    }

    /// The commands that have arrived.
    public var commands: [[UInt8]] { state.withLock { $0.commands } }

    /// How often the card was reset.
    public var resets: Int { state.withLock { $0.resets } }

    /// Takes the card out of the reader.
    public func pull() {
        state.withLock { state in
            state.isPulled = true
            if let descriptor = state.descriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func serve(_ port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        let isWanted = state.withLock { state in
            state.descriptor = descriptor
            return !state.isPulled
        }
        guard isWanted, withAddress(.loopback, port, { connect(descriptor, $0, $1) }) == 0, !state.withLock({ $0.isPulled }) else { return }
        while let header = receive(2, from: descriptor), let body = receive(Int(header[0]) << 8 | Int(header[1]), from: descriptor) {
            switch reaction(to: body) {
            case .answer(let reply): guard send(reply, to: descriptor) else { return }
            case .silence: continue
            case .pull: return
            }
        }
    }

    /// What to do with a message: only the question for the ATR and commands are answered.
    private func reaction(to body: [UInt8]) -> Reaction {
        guard body.count > 1 else {
            if body == [2] { state.withLock { $0.resets += 1 } }
            return body == [4] ? .answer(atr) : .silence
        }
        state.withLock { $0.commands.append(body) }
        return react(body)
    }

    private func send(_ reply: [UInt8], to descriptor: Int32) -> Bool {
        let frame = [UInt8(reply.count >> 8), UInt8(reply.count & 0xFF)] + reply
        return frame.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } == frame.count
    }

    private func receive(_ count: Int, from descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            // vpcd sends length and body apart: without this each command waits 40 ms for the kernel's acknowledgement.
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_QUICKACK, &on, socklen_t(MemoryLayout<Int32>.size))
            let received = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress?.advanced(by: filled), count - filled, 0) }
            guard received > 0 else { return nil }
            filled += received
        }
        return bytes
    }
}
