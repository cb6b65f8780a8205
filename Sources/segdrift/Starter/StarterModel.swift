/// The model of `segdrift init` and `segdrift demo`; the same text as config/demo/models/shop.yaml.
enum StarterModel {
    // One segment, one rule or one alert per line, as in the file.
    // swift-format-ignore
    static let text = """
        # The model of a small shop: what is known of a customer, who belongs where, what the company then does, who is told.
        # Change a number, run `segdrift check`, and see.
        model: shop
        title: A small shop
        timezone: Europe/Madrid
        grain: day
        alert_age: 7d                 # older moves are history: recorded in full, told in one digest

        events:
          purchase: {fields: {amount: number, quantity: number, invoice: text, item: text}}
          refund: {fields: {amount: number, quantity: number, invoice: text, item: text}}
          visit: {}
          profile: {sets: [country, birth_date]}
        attributes: {country: text, birth_date: date}

        # Who has bought is a customer; everybody else known is a prospect, counted but in no segment.
        population: {customer: "orders_ever >= 1"}

        features:
          orders_ever: {distinct: invoice, of: purchase}
          recency: {days_since: last, of: purchase}
          tenure: {days_since: first, of: purchase}
          orders_90d: {distinct: invoice, of: purchase, over: 90d}
          spend_90d: {sum: amount, of: [purchase, refund], over: 90d}
          spend_365d: {sum: amount, of: [purchase, refund], over: 365d}
          visits_30d: {count: visit, over: 30d}
          country: {attribute: country}
          age: {years_since: birth_date}
        value: spend_365d             # what a customer is worth

        segmentations:
          value:
            title: Customer value
            segments:                 # tried in order: the first that holds wins
              - {id: champions, title: Champions, rank: 1, when: "orders_90d >= 5 AND spend_90d >= 300 AND recency <= 30", stay: "orders_90d >= 4 AND spend_90d >= 250 AND recency <= 40", playbooks: [high_touch, premium]}
              - {id: loyal, title: Loyal, rank: 2, when: "orders_90d >= 2 AND recency <= 60", playbooks: [high_touch]}
              - {id: new, title: New, rank: 3, when: "tenure <= 30", playbooks: [welcome]}
              - {id: occasional, title: Occasional, rank: 3, when: "recency <= 60", playbooks: [nurture]}
              - {id: at_risk, title: At risk, rank: 4, when: "recency <= 120", playbooks: [win_back]}
              - {id: lost, title: Lost, rank: 5, otherwise: true, playbooks: [low_cost]}
          life_stage:
            title: Life stage
            segments:
              - {id: under_35, title: Under 35, when: "age < 35", playbooks: [digital]}
              - {id: from_35, title: 35 and over, when: "age >= 35", playbooks: [classic]}
              - {id: unknown, title: Age unknown, otherwise: true, playbooks: [ask]}

        # Few lists of actions, reused by many segments.
        playbooks:
          high_touch: {service.support: Named contact by phone, sales.leads: First in the queue, marketing.brand: Signed by the owner}
          premium: {product.specification: First choice of new items, product.packaging: Gift wrap at no charge, fulfilment.delivery: Next day at no charge}
          welcome: {marketing.advertising: Welcome series by e-mail, marketing.sales_material: Printed guide in the first parcel, sales.upsell: Suggest the second order}
          nurture: {marketing.advertising: Monthly offer by e-mail, sales.upsell: Suggest the matching range}
          win_back: {marketing.advertising: Come-back voucher, sales.scripts: Ask what went wrong before any offer}
          low_cost: {marketing.advertising: Seasonal catalogue only, product.pricing: Entry price list, service.support: Internet only}
          digital: {sales.channel: App first}
          classic: {sales.channel: Web shop and catalogue, sales.outlets: Invitation to the shop in town}
          ask: {service.product_support: Ask for the birthday with a small gift}
        on_transition:
          - {segmentation: value, from: [champions, loyal], to: [occasional, at_risk, lost], do: {sales.scripts: Retention call within two days}}

        alerts:
          - {name: champion_slipping, on: transition, segmentation: value, from: [champions], direction: down, severity: critical, cooldown: 7d, notify: [log]}
          - {name: good_customer_leaving, on: transition, segmentation: value, from: [loyal], to: [occasional, at_risk, lost], when: "spend_365d >= 100", severity: warning, cooldown: 7d, notify: [log]}
          - {name: welcome_champion, on: transition, segmentation: value, to: [champions], direction: up, severity: info, cooldown: 30d, notify: [log]}

        """
}
