import ISO7816

extension CardChannel {
    /// GET DATA of one PIV object; `nil` when the card does not have it.
    ///
    /// NIST SP 800-73-4, part 2, 3.1.2.
    ///
    /// - Returns: the object as the card answers it, with its outer tag.
    func pivObject(
        _ tag: [UInt8], named subject: String, limits: inout LengthLimits, recalls: Bool = false, within budget: TimeBudget
    ) async throws(CardError) -> [UInt8]? {
        let command = CommandAPDU(
            instruction: 0xCB, p1: 0x3F, p2: 0xFF, data: TLV(0x5C, tag).encoded, expectedLength: CommandAPDU.Form.short.maximumExpected)
        let response = try await read(command, limits: &limits, recalls: recalls, within: budget)
        guard response.status != .fileNotFound else { return nil }
        return try response.orRefused(subject)
    }

    /// The objects within a PIV data object, whose outer tag is `53`; `nil` when the card does not have it.
    func pivContent(
        _ tag: [UInt8], named subject: String, limits: inout LengthLimits, within budget: TimeBudget
    ) async throws(CardError) -> [TLV]? {
        guard let object = try await pivObject(tag, named: subject, limits: &limits, within: budget) else { return nil }
        return try Self.pivContent(of: object, named: subject)
    }

    private static func pivContent(of object: [UInt8], named subject: String) throws(CardError) -> [TLV] {
        try parsing(subject) { () throws(TLVError) in
            let outer = try TLV(parsingFirstOf: object)
            guard outer.tag == 0x53 else { throw .missing(0x53) }
            return try outer.children()
        }
    }

    /// The certificate of `slot`, unpacked where it is compressed, and what it says of its key; `nil` for an empty slot.
    ///
    /// NIST SP 800-73-4, part 1, appendix A, table 10 and table 39 (CertInfo).
    func pivKey(in slot: PIVSlot, limits: inout LengthLimits, within budget: TimeBudget) async throws(CardError) -> CardKey? {
        let subject = "the certificate of \(slot.label)"
        guard let object = try await pivObject(slot.certificateTag, named: subject, limits: &limits, recalls: true, within: budget) else {
            return nil
        }
        let content = try Self.pivContent(of: object, named: subject)
        guard var certificate = content.first(0x70), !certificate.isEmpty else { return nil }
        // Older cards have the highest bit in place of the lowest, as SP 800-73-1 drew it.
        if (content.first(0x71)?.first ?? 0) & 0x81 != 0 {
            guard let unpacked = Gzip.unpacked(certificate) else {
                throw CardError(
                    .malformedAnswer, subject, detail: "it is no gzip, or becomes longer than \(Gzip.maximumLength) bytes")
            }
            certificate = unpacked
        }
        guard let parsed = CertificateKey(parsing: certificate) else {
            throw CardError(.malformedAnswer, subject, detail: "it is not X.509 in DER")
        }
        objectCache?.keep(object)
        guard let algorithm = parsed.algorithm, let identifier = PIVAlgorithm(algorithm) else {
            let name = parsed.algorithm.map(\.description) ?? "neither RSA nor on a curve that PIV knows"
            throw CardError(.notSupported, subject, detail: "its key is \(name)")
        }
        let label = identifier.isVendorExtension ? "\(slot.label), \(algorithm) by vendor extension" : slot.label
        return CardKey(
            id: [slot.reference], label: label, role: slot.role, algorithm: algorithm, certificate: certificate,
            needsPIN: slot.needsPIN, needsPINForEachSignature: slot.needsPINForEachSignature)
    }
}

/// Which PINs open a card's keys, as its discovery object says; NIST SP 800-73-4, part 1, 3.3.2 and table 19.
struct PIVDiscovery: Hashable {
    /// The PINs that open the keys, the one that its holder knows best first; never empty.
    let pins: [CardPIN]

    /// A card without the object has the application PIN alone.
    static let absent = PIVDiscovery(pins: [.piv])

    private init(pins: [CardPIN]) { self.pins = pins }

    /// Reads the object: tag `7E` around the application identifier and the PIN usage policy (`5F2F`).
    ///
    /// - Throws: ``TLVError`` when it is none.
    init(parsing object: [UInt8]) throws(TLVError) {
        let outer = try TLV(parsingFirstOf: object)
        guard outer.tag == 0x7E else { throw .missing(0x7E) }
        let policy = try outer.children().required(0x5F2F)
        guard policy.count == 2 else { throw .malformed }
        // First byte: bit 7 the application PIN, bit 6 the global one. Second byte, where there are both: 20 prefers the latter.
        let hasGlobal = policy[0] & 0x20 != 0
        switch (hasGlobal, policy[1]) {
        case (false, _): pins = [.piv]
        case (true, 0x20): pins = [.pivGlobal, .piv]
        default: pins = [.piv, .pivGlobal]
        }
    }
}

/// What a card says of its retired keys; NIST SP 800-73-4, part 1, 3.3.3 and table 18.
struct PIVKeyHistory: Hashable {
    /// The slots whose certificates are on the card: they are filled from the first one on.
    let slots: [PIVSlot]
    /// How many more keys there are whose certificates are not.
    let elsewhere: Int
    /// Where those are: a URL of at most 118 bytes; `nil` where the card does not say.
    let place: String?

    /// Reads the content of the key history object: tag `C1` is how many certificates are on the card, `C2` how many are not, and
    /// `F3` where those are.
    ///
    /// - Throws: ``TLVError`` when it does not say how many are on the card, or says more than there are slots.
    init(parsing content: [TLV]) throws(TLVError) {
        let count = try content.required(0xC1)
        let others = content.first(0xC2) ?? [0]
        guard count.count == 1, others.count == 1, Int(count[0]) + Int(others[0]) <= PIVSlot.retired.count else { throw .malformed }
        slots = Array(PIVSlot.retired.prefix(Int(count[0])))
        elsewhere = Int(others[0])
        place = content.first(0xF3).flatMap { $0.isEmpty ? nil : String(decoding: $0.prefix(118), as: UTF8.self) }
    }
}
