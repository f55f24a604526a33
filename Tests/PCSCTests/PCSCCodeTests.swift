import Testing

@testable import PCSC

@Suite struct PCSCCodeTests {
    /// All that pcsclite.h documents: SCARD_E_* and SCARD_F_*, then SCARD_W_*.
    static let documented: [UInt32] = [0] + Array(0x8010_0001...0x8010_0031) + Array(0x8010_0065...0x8010_006F)

    @Test(arguments: documented)
    func `every documented code has a name and a meaning`(value: UInt32) {
        let code = PCSCCode(rawValue: value)
        #expect(code.name?.hasPrefix("SCARD_") == true)
        #expect(!code.meaning.isEmpty && code.meaning != PCSCCode(rawValue: 0xDEAD).meaning)
        #expect(code.description == code.name)
    }

    @Test(
        arguments: [
            (0x8010_0032, "0x80100032"), (0x8010_0064, "0x80100064"), (0x8010_0070, "0x80100070"), (0x1F, "0x0000001F"),
            (0xFFFF_FFFF, "0xFFFFFFFF"),
        ] as [(UInt32, String)])
    func `an unknown code keeps its value and prints as hex`(value: UInt32, text: String) {
        let code = PCSCCode(rawValue: value)
        #expect(code.name == nil)
        #expect(code.description == text)
        #expect(code.meaning == "a code that PC/SC does not document")
        #expect(code.rawValue == value)
    }

    @Test func `a code that a person can do something about says what`() {
        let remedies = Self.documented.compactMap { PCSCCode(rawValue: $0).remedy }
        #expect(remedies.count == 25)
        #expect(remedies.allSatisfy { !$0.hasSuffix(".") && !$0.isEmpty })
        #expect(PCSCError(.noService, in: "SCardEstablishContext").hint?.contains("pcscd.socket") == true)
        #expect(PCSCCode(rawValue: 0x8010_ABCD).remedy == nil)
        #expect(PCSCCode.success.remedy == nil)
        for (code, name) in [
            (PCSCCode.unresponsiveCard, "SCARD_W_UNRESPONSIVE_CARD"), (.unpoweredCard, "SCARD_W_UNPOWERED_CARD"),
            (.unsupportedCard, "SCARD_W_UNSUPPORTED_CARD"), (.protocolMismatch, "SCARD_E_PROTO_MISMATCH"),
        ] {
            #expect(code.name == name)
        }
    }

    @Test func `a status is the same code whether its sign was extended or not`() {
        #expect(PCSCCode(0x8010_001D) == .noService)
        #expect(PCSCCode(Int(Int32(bitPattern: 0x8010_001D))) == .noService)
        #expect(PCSCCode(0) == .success)
    }

    @Test(arguments: [
        (PCSCCode.noService, "SCARD_E_NO_SERVICE"), (.sharingViolation, "SCARD_E_SHARING_VIOLATION"),
        (.removedCard, "SCARD_W_REMOVED_CARD"),
        (.resetCard, "SCARD_W_RESET_CARD"), (.securityViolation, "SCARD_W_SECURITY_VIOLATION"), (.noSmartcard, "SCARD_E_NO_SMARTCARD"),
        (.timeout, "SCARD_E_TIMEOUT"), (.communicationError, "SCARD_F_COMM_ERROR"), (.shutdown, "SCARD_P_SHUTDOWN"),
        (.notTransacted, "SCARD_E_NOT_TRANSACTED"), (.noReaders, "SCARD_E_NO_READERS_AVAILABLE"),
        (.insufficientBuffer, "SCARD_E_INSUFFICIENT_BUFFER"),
    ])
    func `the table agrees with the values of the C header`(code: PCSCCode, name: String) {
        #expect(code.name == name)
    }
}
