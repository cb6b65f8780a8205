import DriftModel

extension CustomerRow {
    /// The columns that are JSON.
    struct Texts: Sendable {
        var segments: [UInt8]
        /// nil: no attribute has a value.
        var attributes: [UInt8]?
    }

    /// Writes the columns that are JSON, so that whoever writes the row has only to bind them.
    public mutating func render(_ model: StoredModel) {
        texts = makeTexts(model)
        // What they say is not needed any more.
        placements = []
        attributes = []
    }

    func makeTexts(_ model: StoredModel) -> Texts {
        var json = JSONWriter()
        write(placements, model, to: &json)
        var texts = Texts(segments: json.bytes, attributes: nil)
        // Without a value nothing is worth storing.
        if attributes.contains(where: { $0 != .null }) {
            json.removeAll()
            let known = zip(model.attributeNames, attributes).filter { $0.1 != .null }
            json.object(known.map { (key: $0.0, value: $0.1) }) { json, value in json.value(value) }
            texts.attributes = json.bytes
        }
        return texts
    }

    private func write(_ placements: [Placement], _ model: StoredModel, to json: inout JSONWriter) {
        json.raw(UInt8(ascii: "["))
        for (index, placement) in placements.enumerated() {
            if index > 0 { json.raw(UInt8(ascii: ",")) }
            let segmentation = Int32(index)
            json.raw(UInt8(ascii: "["))
            json.integer(model.segmentationIDs[index])
            json.optional(model.segmentID(segmentation, placement.segment))
            json.optional(placement.since?.microseconds)
            json.optional(Int64(placement.seq))
            json.optional(placement.nextTick.map(Int64.init))
            json.optional(placement.nextTick == nil ? nil : model.segmentID(segmentation, placement.nextSegment))
            json.raw(UInt8(ascii: "]"))
        }
        json.raw(UInt8(ascii: "]"))
    }
}

extension JSONWriter {
    /// A comma, and a number or null.
    mutating func optional(_ value: Int64?) {
        raw(UInt8(ascii: ","))
        if let value { integer(value) } else { null() }
    }
}
