import Bridge
import DeviceProtocol
import EmulatorControl
import Verification

/// Who is asked for a PIN: an emulated card's own person, otherwise whoever is at this machine.
struct AskedPeople: HolderSource {
    let order: PINEntryOrder
    let emulators: Emulators?

    func holder(for operation: Operation?, on device: DeviceDescriptor) -> any Holder { emulators?.holder(of: device.id) ?? order.holder }
}
