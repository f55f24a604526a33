internal import ISO7816

extension FileSystemApplet {
    /// GENERATE ASYMMETRIC KEY PAIR: a new key in the place of one (P1 = 80), or the public half of the one that is there
    /// (P1 = 81); ISO/IEC 7816-8, 11.2.
    ///
    /// The key is the one that a template in the data field names by its number, or that of the signature template. The answer
    /// is a public key template: modulus and exponent, or a point.
    func generateKeyPair(_ command: CommandAPDU) -> ResponseAPDU {
        guard style.hasDecipherAndGenerate else { return .status(.securityStatusNotSatisfied) }
        do throws(Refusal) {
            guard command.p1 == 0x80 || command.p1 == 0x81, command.p2 == 0x00 else { throw Refusal(.wrongParameters) }
            guard let found = try keyToGenerate(command) else { throw Refusal(.referencedDataNotFound) }
            guard command.p1 == 0x80 else { return .success(try Self.template(of: found.key)) }
            guard fulfils(found.update) else { throw Refusal(.securityStatusNotSatisfied) }
            let key: VirtualKey
            do throws(VirtualKeyError) { key = try .generate(found.key.kind) } catch { throw Refusal(.memoryFailure) }
            let template = try Self.template(of: key)
            try keep(.key(key), in: found.cell)
            return .success(template)
        } catch {
            return .status(error.status)
        }
    }

    private func keyToGenerate(_ command: CommandAPDU) throws(Refusal) -> KeyAtWork? {
        guard !command.data.isEmpty else { return environment[.signature].flatMap(key(of:)) }
        guard let template = try? TLV(parsingFirstOf: command.data),
            SecurityEnvironment.Purpose.allCases.contains(where: { UInt32($0.rawValue) == template.tag }),
            let objects = try? template.children()
        else { throw Refusal(.wrongData) }
        return objects.first(0x84)?.last.flatMap(key(numbered:))
    }

    /// `7F49` with modulus and exponent, or with a point; ISO/IEC 7816-8, table 3.
    private static func template(of key: VirtualKey) throws(Refusal) -> [UInt8] {
        guard let parts = key.publicParts else { throw Refusal(.memoryFailure) }
        return TLV(0x7F49, containing: parts.objects).encoded
    }
}
