import Foundation

/// Readers on the USB, as the kernel sees them, and the drivers that pcscd could take for them.
struct USBReaders {
    /// An attached device with a smartcard interface, or one that an installed driver names.
    struct Reader: Equatable {
        /// Vendor and product, hexadecimal: "08e6:3438".
        let id: String
        let name: String
        /// Whether some program has taken the smartcard interface (usbfs).
        let isTaken: Bool
        /// The device file, for its rights.
        let file: String?
    }

    private static let drivers = "/usr/lib/pcsc/drivers"
    private static let devices = "/sys/bus/usb/devices"

    let machine: Machine

    /// Installed drivers, and every attached reader.
    func findings() -> [Finding] {
        let bundles = machine.names(in: Self.drivers).filter { $0.hasSuffix(".bundle") }
        let installed = bundles.map(telling)
        let driver: Finding =
            bundles.isEmpty
            ? .warning(
                "reader drivers", "none in \(Self.drivers)", hint: "install libccid (Debian: \"apt-get install libccid\")")
            : .ok("reader drivers", installed.joined(separator: ", "))
        return [driver] + readers().map(finding)
    }

    /// Every attached reader; device class 0x0B is Smart Card (USB-IF, "USB Class Codes").
    func readers() -> [Reader] {
        let known = knownIdentifiers()
        return machine.names(in: Self.devices).filter { !$0.contains(":") }.compactMap { device in
            let folder = "\(Self.devices)/\(device)"
            guard let vendor = machine.text("\(folder)/idVendor"), let product = machine.text("\(folder)/idProduct") else { return nil }
            let id = "\(vendor):\(product)"
            let interfaces = machine.names(in: folder).filter { $0.hasPrefix(device + ":") }.map { "\(folder)/\($0)" }
            let smart = interfaces.filter { machine.text("\($0)/bInterfaceClass") == "0b" }
            guard !smart.isEmpty || known.contains(id) else { return nil }
            let name = [machine.text("\(folder)/manufacturer"), machine.text("\(folder)/product")].compactMap { $0 }.joined(separator: " ")
            return Reader(
                id: id, name: name.isEmpty ? "unnamed" : name,
                isTaken: (smart.isEmpty ? interfaces : smart).contains { machine.link("\($0)/driver") == "usbfs" },
                file: file(of: folder))
        }
    }

    private func file(of folder: String) -> String? {
        guard let bus = machine.text("\(folder)/busnum").flatMap({ Int($0) }),
            let device = machine.text("\(folder)/devnum").flatMap({ Int($0) })
        else { return nil }
        func three(_ number: Int) -> String { String(repeating: "0", count: max(0, 3 - String(number).count)) + String(number) }
        return "/dev/bus/usb/\(three(bus))/\(three(device))"
    }

    /// The identifiers that the drivers' property lists name, for readers that hide behind a class of their own.
    private func knownIdentifiers() -> Set<String> {
        var identifiers: Set<String> = []
        for bundle in machine.names(in: Self.drivers) {
            guard let list = properties(of: bundle), let vendors = list["ifdVendorID"] as? [String],
                let products = list["ifdProductID"] as? [String]
            else { continue }
            for (vendor, product) in zip(vendors, products) {
                identifiers.insert("\(vendor.dropFirst(2).lowercased()):\(product.dropFirst(2).lowercased())")
            }
        }
        return identifiers
    }

    private func properties(of bundle: String) -> [String: Any]? {
        guard let data = machine.bytes("\(Self.drivers)/\(bundle)/Contents/Info.plist") else { return nil }
        return (try? unsafe PropertyListSerialization.propertyList(from: Data(data), format: nil)) as? [String: Any]
    }

    private func telling(_ bundle: String) -> String {
        let version = properties(of: bundle)?["CFBundleShortVersionString"] as? String
        return bundle.replacing(".bundle", with: "") + (version.map { " \($0)" } ?? "")
    }

    private func finding(_ reader: Reader) -> Finding {
        let check = "USB reader \(reader.id)"
        let rights = reader.file.flatMap { file in machine.rights(file).map { ", \(file) \($0)" } } ?? ""
        if reader.isTaken { return .ok(check, "\(reader.name), taken by a driver\(rights)") }
        return .warning(check, "\(reader.name), and no driver has taken it\(rights)", hint: UsualReason.readerWithoutDriver.hint)
    }
}
