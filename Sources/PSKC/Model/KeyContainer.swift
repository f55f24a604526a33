public import Foundation

/// Keys on their way between a maker of devices and a bank (`KeyContainer`, RFC 6030, section 4).
public struct KeyContainer: Sendable {
    /// Its name.
    public var id: String?
    /// What is in it.
    public var packages: [KeyPackage]

    /// A container.
    public init(id: String? = nil, packages: [KeyPackage] = []) {
        self.id = id
        self.packages = packages
    }
}

/// One key and the device that holds it (`KeyPackage`).
public struct KeyPackage: Sendable {
    /// The device.
    public var device: DeviceInfo?
    /// The name of the part of the device that holds the key.
    public var cryptoModuleID: String?
    /// The key.
    public var key: PSKCKey?

    /// A key, on its own or in a device.
    public init(device: DeviceInfo? = nil, cryptoModuleID: String? = nil, key: PSKCKey? = nil) {
        self.device = device
        self.cryptoModuleID = cryptoModuleID
        self.key = key
    }
}

/// What is written on a device, or about it (`DeviceInfo`, RFC 6030, 4.3.1).
public struct DeviceInfo: Sendable, Equatable {
    /// Who made it; registered names begin with `oath.` or `iana.`.
    public var manufacturer: String?
    /// Its serial number.
    public var serialNumber: String?
    /// Its model.
    public var model: String?
    /// Which one of several with the same serial number.
    public var issueNumber: String?
    /// What a key is bound to, such as an IMEI.
    public var binding: String?
    /// From when on it may be used.
    public var startDate: Date?
    /// Until when.
    public var expiryDate: Date?
    /// Whose device it is.
    public var userID: String?

    /// A device of which nothing is known.
    public init() {}
}
