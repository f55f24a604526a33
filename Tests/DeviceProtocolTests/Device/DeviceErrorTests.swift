import DeviceProtocol
import Testing

@Suite struct DeviceErrorTests {
    private let all = DeviceError.Code.allCases.map { DeviceError($0, "Reader 7") }

    @Test func `no two failures have the same sentence`() {
        #expect(Set(all.map(\.description)).count == DeviceError.Code.allCases.count)
        #expect(all.count == 24)
    }

    @Test(arguments: DeviceError.Code.allCases)
    func `every failure is a sentence with a next step`(code: DeviceError.Code) {
        let error = DeviceError(code, "Reader 7")
        #expect(!error.description.isEmpty && !error.description.hasSuffix("."))
        #expect(error.hint.count > 10 && !error.hint.hasSuffix("."))
        #expect(error.hint != error.description)
    }

    @Test(arguments: DeviceError.Code.allCases.filter { ![.cancelled, .accessDenied, .serviceAbsent, .serviceSilent].contains($0) })
    func `what concerns one device names it`(code: DeviceError.Code) {
        #expect(DeviceError(code, "Reader 7").description.contains("\"Reader 7\""))
    }

    @Test(
        arguments: [
            (nil, "wrong PIN for \"Card\""), (2, "wrong PIN for \"Card\", 2 tries left"), (1, "wrong PIN for \"Card\", 1 try left"),
        ] as [(Int?, String)])
    func `a wrong PIN tells the tries that are left, where they are known`(tries: Int?, sentence: String) {
        #expect(DeviceError(.wrongPIN, "Card", triesLeft: tries).description == sentence)
    }

    @Test func `what lies beneath stands in brackets`() {
        #expect(
            DeviceError(.cardMissing, "Reader 7", detail: "SCARD_E_NO_SMARTCARD").description
                == "no card in \"Reader 7\" (SCARD_E_NO_SMARTCARD)")
    }

    @Test func `errors compare by their code alone`() {
        #expect(DeviceError(.blocked, "A", triesLeft: 0, detail: "6983") == DeviceError(.blocked, "B"))
        for (index, left) in all.enumerated() {
            for (other, right) in all.enumerated() { #expect((left == right) == (index == other)) }
        }
    }

    @Test(arguments: [
        (HolderError.declined, DeviceError.Code.declined), (.cancelled, .cancelled), (.timedOut, .timedOut),
        (.unavailable, .holderUnavailable),
    ])
    func `a person's reason becomes the device's`(reason: HolderError, code: DeviceError.Code) {
        let error = DeviceError(reason, "Card")
        #expect(error.code == code)
        #expect(error.device == "Card")
        #expect(error.triesLeft == nil && error.detail == nil)
    }

    @Test func `details that are too long tell by how much, and where they may be shown`() {
        let error = DeviceError(HolderError.tooLong(bytes: 1155, limit: 1000), "Card")
        #expect(error.code == .detailsTooLong)
        #expect(error.description == "the details for \"Card\" are too long for pinentry (1155 of 1000 bytes)")
        #expect(error.hint.contains("at a terminal") && error.hint.contains("fewer payments"))
    }
}
