import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import Testing

/// One card that comes out of its reader in the middle of a flow, and goes back in.
final class PulledBench {
    /// What went over the wire in a flow.
    struct Conversation {
        let commands: [[UInt8]]
        /// The places of those that brought a PIN, counted from 0.
        let secrets: [Int]

        /// The place of the first command that may make a signature, or begins to.
        var signature: Int? { commands.firstIndex(where: Self.signs) }
        /// How many whole signatures were asked for.
        var signatures: Int { commands.count { Self.signs($0) && $0[0] & 0x10 == 0 } }

        /// GENERAL AUTHENTICATE; PSO: COMPUTE DIGITAL SIGNATURE; INTERNAL AUTHENTICATE.
        private static func signs(_ command: [UInt8]) -> Bool {
            command.count > 3 && (command[1] == 0x87 || command[1] == 0x88 || command[1] == 0x2A && command[2] == 0x9E)
        }
    }

    /// A flow that is about to begin; `pins` are typed one after another.
    typealias Run = (_ holder: ScriptedHolder) async throws -> Void

    private static let reader = "Virtual Reader 00"
    private static let pins = ["123456", "654321"]
    private let kind: PulledCard
    private let card: VirtualCard
    private let readers = VirtualReaders()
    private let source: CountingSource
    /// The PIN that the card has now.
    private(set) var pin = pins[0]

    init(_ kind: PulledCard) throws {
        self.kind = kind
        card = try kind.make(pin: pin)
        source = CountingSource(readers, passesExtendedLength: kind.passesExtendedLength, trustsWitness: true)
        try readers.attach(Self.reader)
    }

    private var nextPIN: String { Self.pins.first { $0 != pin } ?? pin }

    /// The card has taken the PIN that was new.
    func exchangePINs() { pin = nextPIN }

    /// Whether the reader is empty.
    var isPulled: Bool { readers.slots().map(\.content) == [.empty] }

    func insert(_ faults: FaultPlan = .none) throws {
        readers.pull(from: Self.reader)
        try readers.insert(card, in: Self.reader, faults: faults)
    }

    func takeConversation() -> Conversation {
        let (commands, secrets) = source.takeConversation()
        return Conversation(commands: commands, secrets: secrets)
    }

    /// Blocks the PIN; a PIV card that is in no reader.
    func block() {
        readers.pull(from: Self.reader)
        card.powerOn()
        for _ in 0..<PulledCard.tries { _ = card.process([0x00, 0x20, 0x00, 0x80, 0x08] + Array("000000".utf8) + [0xFF, 0xFF]) }
        card.powerOff()
    }

    /// What the card says of its PIN, asked by somebody else.
    func pinState() async throws -> PINState {
        try await readers.withCard(in: Self.reader, ending: .reset) { channel async throws(CardError) in
            let application = try await CardApplications.open(on: channel, for: [.signature])
            guard let key = application.keys.first(where: { $0.role == .signature }) else { throw CardError(.notSupported, "no key") }
            return try await application.pinState(for: key)
        }
    }

    /// Who types what the flow wants, three times over: whoever asks again is found.
    func holder(for flow: PulledFlow) -> ScriptedHolder {
        let typed =
            switch flow {
            case .wrongPIN: ["000000"]
            case .change: [pin, nextPIN, nextPIN]
            case .unblock: [PulledCard.puk, nextPIN, nextPIN]
            default: [pin]
            }
        return ScriptedHolder(pins: flow == .wrongPIN ? typed : typed + typed + typed, spendsLastTry: flow == .unblock)
    }

    /// Does what comes before the flow.
    func prepared(_ flow: PulledFlow) async throws -> Run {
        let pins = CardPINs(reader: Self.reader, of: source)
        switch flow {
        case .open: return open
        case .document: return signing(DocumentSigner(reader: Self.reader, of: source))
        case .anotherDocument:
            let sign = signing(DocumentSigner(reader: Self.reader, of: source))
            try await sign(holder(for: flow))
            return sign
        case .login, .payment:
            let device = try await CardDevice.opening(reader: Self.reader, of: source, isEmulated: true)
            let presentation = Presentation.plain(try CardBench.challenge(flow == .login ? .login : .payment))
            return { holder in _ = try await device.respond(to: presentation, with: holder) }
        case .check, .wrongPIN:
            return { holder in
                let state = try await pins.verify(.ofKeys, with: holder)
                #expect(state == .triesLeft(PulledCard.tries))
            }
        case .change: return { holder in try await pins.change(.ofKeys, with: holder) }
        case .unblock: return { holder in try await pins.unblock(.ofKeys, with: holder) }
        }
    }

    private func open(_ holder: ScriptedHolder) async throws {
        let application = try await source.withCard(in: Self.reader, ending: .leave) { channel async throws(CardError) in
            let application = try await CardApplications.open(on: channel)
            _ = try await application.identified()
            return application
        }
        #expect(application.keys.count == (kind.hasPUK ? 4 : 2))
        #expect(application.unusable.isEmpty)
    }

    private func signing(_ signer: DocumentSigner) -> Run {
        { holder in
            let document = Array("agreed".utf8)
            let response = try await signer.sign(
                document: document, with: .signature, showing: Summary(title: "Document", lines: []), to: holder)
            #expect(try response.isSignature(over: document))
        }
    }
}
