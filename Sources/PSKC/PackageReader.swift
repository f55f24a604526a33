import Crypto
import Foundation
import Secrets

/// From elements to keys.
struct PackageReader {
    /// Whether the container encrypts its secrets: then none may be plain.
    let isProtected: Bool
    /// What opens encrypted values; without it they are left out.
    let seal: ValueSeal?
    /// Whether secrets that are not encrypted are taken over.
    var takesPlainSecrets = false

    func container(_ root: Element) throws(PSKCError) -> KeyContainer {
        var packages: [KeyPackage] = []
        for element in root.children where element.isNamed("KeyPackage") {
            guard !Task.isCancelled else { throw .cancelled }
            packages.append(try package(element))
        }
        guard !packages.isEmpty else { throw .missing("KeyPackage", in: root.name) }
        return KeyContainer(id: try root.attribute("Id"), packages: packages)
    }

    private func package(_ element: Element) throws(PSKCError) -> KeyPackage {
        try element.allow(["DeviceInfo", "CryptoModuleInfo", "Key", "Extensions"])
        var package = KeyPackage()
        if let info = try element.child("DeviceInfo") { package.device = try device(info) }
        if let module = try element.child("CryptoModuleInfo") {
            try module.allow(["Id", "Extensions"])
            guard let id = try module.string("Id") else { throw .missing("Id", in: module.name) }
            package.cryptoModuleID = id
        }
        if let key = try element.child("Key") { package.key = try self.key(key) }
        return package
    }

    private func device(_ element: Element) throws(PSKCError) -> DeviceInfo {
        try element.allow([
            "Manufacturer", "SerialNo", "Model", "IssueNo", "DeviceBinding", "StartDate", "ExpiryDate", "UserId", "Extensions",
        ])
        var device = DeviceInfo()
        device.manufacturer = try element.string("Manufacturer")
        device.serialNumber = try element.string("SerialNo")
        device.model = try element.string("Model")
        device.issueNumber = try element.string("IssueNo")
        device.binding = try element.string("DeviceBinding")
        device.startDate = try element.date("StartDate")
        device.expiryDate = try element.date("ExpiryDate")
        device.userID = try element.string("UserId")
        return device
    }

    private func key(_ element: Element) throws(PSKCError) -> PSKCKey {
        try element.allow([
            "Issuer", "AlgorithmParameters", "KeyProfileId", "KeyReference", "FriendlyName", "Data", "UserId", "Policy", "Extensions",
        ])
        guard let id = try element.attribute("Id") else { throw .missing("Id", in: element.name) }
        var key = PSKCKey(id: id, algorithm: try element.attribute("Algorithm").map(PSKCKey.Algorithm.init(rawValue:)))
        key.issuer = try element.string("Issuer")
        key.profileID = try element.string("KeyProfileId")
        key.reference = try element.string("KeyReference")
        key.friendlyName = try element.string("FriendlyName")
        key.userID = try element.string("UserId")
        if let parameters = try element.child("AlgorithmParameters") {
            try parameters.allow(["Suite", "ChallengeFormat", "ResponseFormat", "Extensions"])
            key.suite = try parameters.string("Suite")
            key.challengeFormat = try parameters.child("ChallengeFormat")?.challengeFormat()
            key.responseFormat = try parameters.child("ResponseFormat")?.responseFormat()
        }
        if let data = try element.child("Data") { try read(data, into: &key) }
        if let policy = try element.child("Policy") { key.policy = try policy.policy() }
        return key
    }

    private func read(_ data: Element, into key: inout PSKCKey) throws(PSKCError) {
        try data.allow(["Secret", "Counter", "Time", "TimeInterval", "TimeDrift"])
        if let element = try data.child("Secret") {
            switch try value(element) {
            case .plain(let plain):
                guard !isProtected else { throw .unexpected("PlainValue", in: "Secret") }
                key.secretForm = .plain
                let bytes = try plain.base64(in: element.name)
                if takesPlainSecrets { key.secret = SymmetricKey(data: bytes) }
            case .sealed(let sealed, let mac):
                key.secretForm = .encrypted
                if let seal { key.secret = try seal.open(sealed, mac: mac).key }
            }
        }
        key.counter = try number(data, "Counter", in: 0...Int64.max).map(UInt64.init)
        key.time = try number(data, "Time", in: Int64(Int32.min)...Int64(UInt32.max))
        key.timeInterval = try number(data, "TimeInterval", in: 1...Int64(Int32.max)).map(UInt32.init)
        key.timeDrift = try number(data, "TimeDrift", in: Int64(Int32.min)...Int64(Int32.max)).map(Int32.init)
    }

    private enum Value {
        case plain(Element)
        case sealed(SealedValue, mac: [UInt8])
    }

    /// A value in one of its two forms; an encrypted one has a MAC, a plain one has none.
    private func value(_ element: Element) throws(PSKCError) -> Value {
        try element.allow(["PlainValue", "EncryptedValue", "ValueMAC"])
        let mac = try element.child("ValueMAC")
        if let encrypted = try element.child("EncryptedValue") {
            guard try element.child("PlainValue") == nil else { throw .unexpected("PlainValue", in: element.name) }
            guard let mac else { throw .macMissing(element.name) }
            return .sealed(try SealedValue(encrypted), mac: try mac.base64(in: element.name))
        }
        guard mac == nil else { throw .unexpected("ValueMAC", in: element.name) }
        return .plain(try element.required("PlainValue"))
    }

    /// A number: in digits, or encrypted as 1 to 8 bytes, the most significant first; 4 and 8 bytes may be negative.
    private func number(_ data: Element, _ name: String, in range: ClosedRange<Int64>) throws(PSKCError) -> Int64? {
        guard let element = try data.child(name) else { return nil }
        let number: Int64?
        switch try value(element) {
        case .plain(let plain): number = plain.value.integer(as: Int64.self)
        case .sealed(let sealed, let mac):
            guard let seal else { return nil }
            number = try seal.open(sealed, mac: mac).withBytes { span in
                guard (1...8).contains(span.byteCount) else { return nil }
                let bits = span.byteOffsets.reduce(UInt64(0)) { value, offset in
                    value << 8 | UInt64(unsafe span.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                }
                let isSigned = range.lowerBound < 0 && span.byteCount == 4
                return isSigned ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
            }
        }
        guard let number, range.contains(number) else { throw .value(of: name, in: data.name) }
        return number
    }
}
