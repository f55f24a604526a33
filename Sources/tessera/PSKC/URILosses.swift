import Foundation
import PSKC

/// What key containers say and an otpauth:// URI cannot.
struct URILosses {
    /// In the order of a container, each with how many keys have it.
    private var counts: [(what: String, keys: Int)]

    init(_ packages: [KeyPackage]) {
        let things: [(String, (KeyPackage) -> Bool)] = [
            ("device's serial number", { $0.device?.serialNumber != nil }),
            ("device's maker or model", { $0.device?.manufacturer != nil || $0.device?.model != nil }),
            ("start date", { $0.key?.policy?.startDate != nil || $0.device?.startDate != nil }),
            ("expiry date", { $0.expiry != nil }),
            ("PIN policy", { $0.key?.policy?.pin != nil }),
            ("permitted uses", { $0.key?.policy?.usages.isEmpty == false }),
            ("number of transactions", { $0.key?.policy?.numberOfTransactions != nil }),
            ("check digit", { $0.key?.responseFormat?.hasCheckDigit == true }),
        ]
        counts = things.map { thing in (thing.0, packages.count { thing.1($0) }) }.filter { $0.1 > 0 }
    }

    /// One line for each thing.
    var warnings: [String] {
        counts.map { "tessera: warning: a URI cannot hold the \($0.what) of \($0.keys) \($0.keys == 1 ? "key" : "keys"); --json keeps it" }
    }
}

extension KeyPackage {
    /// When the key ends: by its own rules, or with its device; the earlier of both.
    var expiry: Date? { [key?.policy?.expiryDate, device?.expiryDate].compactMap { $0 }.min() }
}
