import ISO7816
import Testing

@testable import PCSC

@Suite struct PCSCErrorTests {
    @Test(
        arguments: [
            (0x8010_001D, .serviceAbsent), (0x8010_001E, .serviceSilent), (0x8010_0013, .serviceAbsent), (0x8010_0018, .serviceAbsent),
            (0x8010_0003, .serviceAbsent), (0x8010_006A, .accessDenied), (0x8010_000B, .heldByAnotherProgram), (0x8010_0069, .removed),
            (0x8010_0068, .reset), (0x8010_000C, .cardMissing), (0x8010_0009, .readerMissing), (0x8010_0017, .readerMissing),
            (0x8010_002E, .readerMissing), (0x8010_0066, .unresponsive), (0x8010_0067, .unresponsive), (0x8010_0065, .unresponsive),
            (0x8010_000F, .unresponsive), (0x8010_000A, .readerStuck), (0x8010_0007, .readerStuck), (0x8010_0002, .cancelled),
            (0x8010_0012, .cancelled), (0x8010_0008, .malformedAnswer), (0x8010_0015, .malformedAnswer), (0x8010_0016, .unresponsive),
        ] as [(UInt32, CardError.Code)])
    func `each code becomes what the caller can act upon`(value: UInt32, expected: CardError.Code) {
        #expect(PCSCError(PCSCCode(rawValue: value), in: "SCardConnect").cardError(in: "Reader").code == expected)
    }

    @Test func `a service that is there and will not have us is not to be started, and what helps is told`() {
        let remedies = [(PCSCCode.serviceStopped, "the same version"), (.serverTooBusy, "close programs"), (.noMemory, "close programs")]
        for (code, remedy) in remedies {
            let error = PCSCError(code, in: "SCardEstablishContext").cardError(in: "Reader")
            #expect(error.code == .serviceSilent && error.hint.contains(remedy), "\(error.hint)")
        }
        #expect(PCSCError(.noService, in: "SCardEstablishContext").cardError(in: "Reader").hint.contains("systemctl start"))
    }

    @Test(arguments: ["SCardGetStatusChange", "SCardListReaders", "SCardTransmit", "SCardStatus", "SCardBeginTransaction"])
    func `a denial where nobody asks polkit is a service that died`(call: String) {
        #expect(PCSCError(.securityViolation, in: call).cardError(in: "Reader").code == .serviceAbsent)
        #expect(PCSCError(.securityViolation, in: "SCardEstablishContext").cardError(in: "Reader").code == .accessDenied)
    }

    @Test(arguments: [PCSCCode.noSmartcard, .unknownReader, .readerUnavailable])
    func `what is missing during a session was removed`(code: PCSCCode) {
        #expect(PCSCError(code, in: "SCardTransmit").cardError(in: "Reader").code == .removed)
        #expect(PCSCError(code, in: "SCardConnect").cardError(in: "Reader").code != .removed)
    }

    @Test func `an unknown code is told with its number`() {
        let error = PCSCError(PCSCCode(rawValue: 0x8010_0ABC), in: "SCardTransmit")
        #expect(error.cardError(in: "Reader").code == .unresponsive)
        #expect(error.description == "SCardTransmit: 0x80100ABC, a code that PC/SC does not document")
    }

    @Test func `the person reads the reader, the engineer the call`() {
        let error = PCSCError(.noSmartcard, in: "SCardConnect").cardError(in: "Reader 1")
        #expect(
            error.description
                == "no card in \"Reader 1\" (SCardConnect: SCARD_E_NO_SMARTCARD, there is no card in the reader)")
        #expect(error.hint.contains("insert a card"))
    }

    @Test(arguments: [PCSCCode.noService, .securityViolation])
    func `a failure of the service is not blamed on a reader`(code: PCSCCode) {
        #expect(PCSCError(code, in: "SCardEstablishContext").cardError(in: "Reader 1").subject == "pcscd")
    }

    @Test func `only success passes the check`() throws {
        try PCSCError.check("SCardConnect", 0)
        #expect(throws: PCSCError(.noService, in: "")) { try PCSCError.check("SCardConnect", 0x8010_001D) }
        let error = #expect(throws: PCSCError.self) { try PCSCError.check("SCardStatus", 1) }
        #expect(error?.call == "SCardStatus")
        #expect(error?.code.rawValue == 1)
    }

    @Test func `errors compare by code alone`() {
        #expect(PCSCError(.timeout, in: "SCardConnect") == PCSCError(.timeout, in: "SCardStatus"))
        #expect(PCSCError(.timeout, in: "SCardConnect") != PCSCError(.noService, in: "SCardConnect"))
    }
}
