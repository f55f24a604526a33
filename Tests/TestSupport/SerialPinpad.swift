import Foundation
import Glibc
public import ISO7816
import PCSC
import Synchronization

/// A reader with keys at a serial line, for libccid's own driver: a GemPC Pinpad, its card and its person.
///
/// What arrives is CCID (revision 1.1), each message framed by `03 06` and the exclusive or of all its bytes. The driver
/// wants an echo before each answer, and does not look at it. The card speaks T=0.
public final class SerialPinpad: Sendable {
    /// What the person does when the reader asks for PINs.
    public enum Press: Sendable {
        /// Enters these, one after the other: a PIN, or the old one, the new one and the new one again.
        case digits([String])
        /// Presses the cancel key.
        case cancel
        /// Does nothing until the reader's time is over.
        case nothing
        /// Does nothing, and the reader never comes back.
        case silence
    }

    private struct State {
        var presses: [Press]
        var entries: [[UInt8]] = []
        var commands: [[UInt8]] = []
    }

    /// How long it waits for the driver's next byte: longer than any test takes.
    private static let patience = Duration.seconds(600)
    /// The driver that speaks to it.
    public static let driver = "/usr/lib/pcsc/drivers/serial/libccidtwin.so"
    /// What PC/SC calls it.
    public let reader = "Serial Pinpad 00 00"
    private let line: Int32
    /// The driver's end, kept open: a line that nobody has open at that end is broken, and cannot be waited at.
    private let driversEnd: Int32
    private let device: String
    private let state: Mutex<State>
    private let answer: @Sendable ([UInt8]) -> [UInt8]

    /// A reader whose line is open, and whose person presses what the script says.
    ///
    /// - Parameter answer: what the card says to each command.
    public init?(presses: [Press], card answer: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        line = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // TIOCSPTLCK and TIOCGPTN: unlocked, and its number; Swift's Glibc hides ptsname(3).
        var isLocked: Int32 = 0
        var number: Int32 = 0
        guard line >= 0, ioctl(line, 0x4004_5431, &isLocked) == 0, ioctl(line, 0x8004_5430, &number) == 0 else { return nil }
        device = "/dev/pts/\(number)"
        driversEnd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard driversEnd >= 0 else { return nil }
        state = Mutex(State(presses: presses))
        self.answer = answer
        var settings = termios()
        tcgetattr(line, &settings)
        cfmakeraw(&settings)
        tcsetattr(line, TCSANOW, &settings)
        Thread.detachNewThread { [self] in serve() }
    }

    /// How pcscd finds it.
    public var configuration: String {
        """
        FRIENDLYNAME "Serial Pinpad"
        DEVICENAME \(device):GemPCPinPad
        LIBPATH \(Self.driver)
        CHANNELID 1


        """
    }

    /// The data of each PC_to_RDR_Secure that arrived, from bPINOperation on.
    public var entries: [[UInt8]] { state.withLock { $0.entries } }
    /// Every command that reached the card.
    public var commands: [[UInt8]] { state.withLock { $0.commands } }

    private func serve() {
        while let frame = message() {
            // The driver has no room for a whole echo of its longest message.
            send([frame[0], 0, 0, 0, 0] + frame[5..<10])
            guard let reply = reply(to: frame) else { continue }
            send(reply)
        }
    }

    /// One message of the driver, without its frame; `nil` when none has come for ``patience``.
    private func message() -> [UInt8]? {
        while true {
            guard let byte = take(1)?.first else { return nil }
            guard byte == 0x03, take(1) == [0x06], let head = take(10) else { continue }
            let length = Int(head[1]) | Int(head[2]) << 8
            guard let data = take(length), take(1) != nil else { return nil }
            return head + data
        }
    }

    private func take(_ count: Int) -> [UInt8]? {
        let end = ContinuousClock.now + Self.patience
        var bytes: [UInt8] = []
        while bytes.count < count {
            var waiting = pollfd(fd: line, events: Int16(POLLIN), revents: 0)
            let left = max(.zero, end - ContinuousClock.now)
            let ready = poll(&waiting, 1, Int32(left / .milliseconds(1)))
            if ready < 0, errno == EINTR { continue }
            guard ready == 1, waiting.revents & Int16(POLLIN) != 0 else { return nil }
            var byte: UInt8 = 0
            guard read(line, &byte, 1) == 1 else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private func send(_ message: [UInt8]) {
        let frame = [0x03, 0x06] + message
        let whole = frame + [frame.reduce(0, ^)]
        _ = whole.withUnsafeBytes { write(line, $0.baseAddress, $0.count) }
    }

    private func reply(to message: [UInt8]) -> [UInt8]? {
        let data = Array(message.dropFirst(10))
        func reply(_ type: UInt8, _ data: [UInt8] = [], status: UInt8 = 0, error: UInt8 = 0) -> [UInt8] {
            [type, UInt8(data.count & 0xFF), UInt8(data.count >> 8), 0, 0, message[5], message[6], status, error, 0] + data
        }
        switch message[0] {
        case 0x62: return reply(0x80, [0x3B, 0x00])
        case 0x61, 0x6C: return reply(0x82, [0x11, 0x00, 0x00, 0x0A, 0x00])
        case 0x63, 0x65: return reply(0x81)
        case 0x6B: return reply(0x83, data == [0x02] ? Array("GemPC Pinpad".utf8) : [0x00])
        case 0x6F: return reply(0x80, transmit(data))
        case 0x69:
            let press = state.withLock { state in
                state.entries.append(data)
                return state.presses.isEmpty ? .nothing : state.presses.removeFirst()
            }
            switch press {
            case .digits(let pins):
                guard let command = Self.command(filledBy: data, pins) else { return reply(0x80, [0x6B, 0x80]) }
                return reply(0x80, transmit(command))
            case .cancel: return reply(0x80, status: 0x40, error: 0xEF)
            case .nothing: return reply(0x80, status: 0x40, error: 0xF0)
            case .silence: return nil
            }
        default: return reply(0x81, status: 0x40, error: 0x00)
        }
    }

    private func transmit(_ command: [UInt8]) -> [UInt8] {
        state.withLock { $0.commands.append(command) }
        return answer(command)
    }

    /// The command that a PIN operation makes of what the person enters; CCID 1.1, 6.1.11 to 6.1.13.
    static func command(filledBy data: [UInt8], _ pins: [String]) -> [UInt8]? {
        // ASCII, from the left, at a position in bytes; no length within the PIN's bytes.
        guard data.count > 15, let operation = data.first, data[2] & 0x87 == 0x82, data[3] & 0xF0 == 0 else { return nil }
        let isChange = operation == 1
        let longest = Int(data[isChange ? 7 : 5])
        let shortest = Int(data[isChange ? 8 : 6])
        guard pins.count == (isChange ? 3 : 1), pins.allSatisfy({ (shortest...longest).contains($0.utf8.count) }) else { return nil }
        guard !isChange || data[9] == 0x03 && pins[1] == pins[2] else { return nil }
        // Where readers of other makes take fewer, this one wants the indices of all three messages; the driver knows.
        let messages = isChange ? 3 : 1
        var command = Array(data.dropFirst((isChange ? 14 : 11) + messages + 3))
        guard command.count >= 4 else { return nil }
        let entered = isChange ? [pins[0], pins[1]] : pins
        let size = Int(data[3] & 0x0F)
        guard size > 0 || command.count > 5 else {
            let all = entered.flatMap { Array($0.utf8) }
            return command.prefix(4) + [UInt8(all.count)] + all
        }
        let offsets = isChange ? [Int(data[5]), Int(data[6])] : [0]
        for (offset, pin) in zip(offsets, entered) {
            let start = 5 + Int(data[2] >> 3 & 0x0F) + offset
            guard size == 0 || pin.utf8.count <= size, start + pin.utf8.count <= command.count else { return nil }
            command.replaceSubrange(start..<start + pin.utf8.count, with: Array(pin.utf8))
        }
        return command
    }
}

extension PrivatePCSCD {
    /// Starts a daemon that has this reader, too, and waits until its card is seen there.
    ///
    /// - Throws: ``PrivatePCSCDError``.
    public static func start(with pinpad: SerialPinpad, holding atr: ATR) async throws -> PrivatePCSCD {
        let service = try await start(readers: 1, others: pinpad.configuration)
        // The driver gives a reader at a serial line some seconds to answer, and then leaves it alone until the daemon starts anew.
        for _ in 0..<2 {
            if await shows(pinpad, holding: atr, within: .seconds(20)) { return service }
            service.stop()
            try await service.resume()
        }
        guard await shows(pinpad, holding: atr, within: .patient) else {
            throw PrivatePCSCDError.notReady(log: "no card in \(pinpad.reader)")
        }
        return service
    }

    private static func shows(_ pinpad: SerialPinpad, holding atr: ATR, within limit: Duration) async -> Bool {
        await eventually(within: limit) {
            let slots = try? await PCSCReaders.patient.slots()
            return slots?.contains { $0.reader == pinpad.reader && $0.content == .card(atr, exclusive: false) } == true
        }
    }
}
