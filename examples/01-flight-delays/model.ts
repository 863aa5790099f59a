/**
 * The data: rows of vega-datasets' `flights-20k.json` and `airports.csv`, and what the pipeline makes of them.
 */

export interface Flight {
  /** Departure, `2001/01/14 21:55`, read as UTC. */
  readonly date: string
  /** Minutes; negative: early. */
  readonly delay: number
  /** Miles. */
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

export interface Airport {
  readonly iata: string
  readonly name: string
  readonly city: string
  readonly state: string
}

export interface AirportWeek {
  readonly flights: number
  readonly totalDelay: number
  readonly maxDelay: number
  readonly airport: Airport | undefined
}

/** Three departures of one airport in a row, all late. */
export interface LateInARow {
  readonly first: Flight
  readonly second: Flight
  readonly third: Flight
}
