import CardTrace
import ISO7816

/// What can be fuzzed.
///
/// A property that does not hold stops the program, and libFuzzer keeps the bytes that did it.
enum FuzzTarget: String, CaseIterable {
    case apdu, tlv, atr, exchange, card, trace, vpcd, vscard, ocsp, state
    case base45, payload, pairing, handheld, ticket, picture
    case ocraSuite = "ocra-suite"
    case uri, pskc
    case piv
    case pivRSA = "piv-rsa"
    case pkcs15
    case isoPKCS15 = "iso-pkcs15"
    case iasClassic = "ias-classic"
    case classicV3 = "classic-v3"
    case eID = "eid"

    func run(_ bytes: [UInt8]) {
        switch self {
        case .apdu: Self.apdu(bytes)
        case .tlv: Self.tlv(bytes, depth: 0)
        case .atr: Self.atr(bytes)
        case .exchange: Self.exchange(bytes)
        case .card: FuzzedCard.meet(bytes)
        case .vpcd: FuzzedWire.vpcd(bytes)
        case .vscard: FuzzedWire.vscard(bytes)
        case .piv: EmulatedCards.piv.meet(bytes)
        case .pivRSA: EmulatedCards.pivRSA.meet(bytes)
        case .pkcs15: EmulatedCards.pkcs15.meet(bytes)
        case .isoPKCS15: EmulatedCards.isoPKCS15.meet(bytes)
        case .eID: EmulatedCards.eID.meet(bytes)
        case .base45: FuzzedScan.text(bytes)
        case .payload: FuzzedScan.payload(bytes)
        case .pairing: FuzzedHandhelds.pairing(bytes)
        case .handheld: FuzzedHandhelds.state(bytes)
        case .ticket: FuzzedHandhelds.ticket(bytes)
        case .ocsp: FuzzedFiles.ocsp(bytes)
        case .state: FuzzedFiles.state(bytes)
        case .iasClassic: EmulatedCards.iasClassic.meet(bytes)
        case .classicV3: EmulatedCards.classicV3.meet(bytes)
        case .picture: FuzzedFiles.picture(bytes)
        case .ocraSuite: FuzzedTexts.ocraSuite(bytes)
        case .uri: FuzzedTexts.uri(bytes)
        case .pskc: FuzzedContainers.pskc(bytes)
        case .trace: _ = try? TraceLine.events(parsing: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// A command that is read is written as the same bytes, and read again as the same command.
    private static func apdu(_ bytes: [UInt8]) {
        _ = try? ResponseAPDU(parsing: bytes)
        _ = try? CommandAPDU.overT0(bytes)
        guard let command = try? CommandAPDU(parsing: bytes) else { return }
        guard let encoded = try? command.encoded(CommandAPDU.form(of: bytes)) else { return }
        precondition((try? CommandAPDU(parsing: encoded)) == command, "a command changed on its way")
    }

    /// What is read can be written, and is then read as the same; nesting is followed as deep as a card's files go.
    private static func tlv(_ bytes: [UInt8], depth: Int) {
        _ = try? TLV(parsingFirstOf: bytes)
        guard depth < 8, let objects = try? TLV.series(parsing: bytes) else { return }
        for object in objects {
            precondition((try? TLV(parsingFirstOf: object.encoded)) == object, "a data object changed on its way")
            tlv(object.value, depth: depth + 1)
        }
    }

    private static func atr(_ bytes: [UInt8]) {
        guard let atr = try? ATR(parsing: bytes) else { return }
        precondition(atr.bytes == bytes && !atr.protocols.isEmpty && atr.historicalBytes.count <= 15, "an ATR that is none")
        _ = atr.capabilities
        _ = atr.description
    }

    /// Whatever a card answers, an exchange ends within its own limits.
    private static func exchange(_ bytes: [UInt8]) {
        var answers = FuzzedAnswers(bytes)
        guard let parameters = answers.next() else { return }
        let command = CommandAPDU(
            instruction: 0xCB, data: [UInt8](repeating: 0, count: parameters.count * 3),
            expectedLength: parameters.first.map { Int($0) + 1 })
        guard var exchange = try? Exchange(command, form: parameters.count.isMultiple(of: 2) ? .short : .extended) else { return }
        for round in 0... {
            guard case .transmit(let sent)? = try? exchange.next() else { return }
            precondition(!sent.isEmpty && round <= Exchange.maximumRounds + 8, "an exchange that does not end")
            do { try exchange.receive(answers.next() ?? [0x61, 0x00]) } catch { return }
        }
    }
}
