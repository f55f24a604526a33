import Emulation

/// What arrives on the wires of emulated cards, in pieces.
enum FuzzedWire {
    /// vpcd's frames give the same requests however they are cut, and never more bytes than came.
    static func vpcd(_ bytes: [UInt8]) {
        var whole = VPCDProtocol()
        let expected = whole.receive(bytes)
        var pieces = VPCDProtocol()
        var requests: [VPCDProtocol.Request] = []
        for piece in cut(bytes) { requests += pieces.receive(piece) }
        precondition(requests == expected, "requests that depend on how they arrive")
        let count = expected.reduce(0) { sum, request in
            if case .apdu(let command) = request { sum + command.count + 2 } else { sum + 3 }
        }
        precondition(count <= bytes.count, "more requests than there are bytes")
        guard let frame = try? VPCDProtocol.frame(bytes) else { return precondition(bytes.count > VPCDProtocol.maximumBody) }
        var back = VPCDProtocol()
        let read = back.receive(frame)
        precondition(bytes.count < 2 || read == [.apdu(bytes)], "a frame that is read as something else")
    }

    /// QEMU's messages give the same actions however they are cut, or the same error.
    static func vscard(_ bytes: [UInt8]) {
        var whole = VSCARDProtocol()
        var pieces = VSCARDProtocol()
        var actions: [VSCARDProtocol.Action] = []
        do {
            let expected = try whole.receive(bytes, from: "fuzz")
            for piece in cut(bytes) { actions += try pieces.receive(piece, from: "fuzz") }
            precondition(actions == expected, "actions that depend on how they arrive")
        } catch {
            _ = try? pieces.receive(bytes, from: "fuzz")
        }
    }

    /// The bytes in pieces whose lengths they say themselves.
    private static func cut(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var rest = bytes[...]
        var pieces: [ArraySlice<UInt8>] = []
        while let first = rest.first {
            let piece = rest.prefix(Int(first) % 7 + 1)
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}
