/// What headmon's dashboards are made of, in the types of @grafana/schema, with what it leaves open
/// (options and targets of a panel, overrides, variables) closed for the panels we use. `description` and others
/// that Grafana can do without are required here.
import type * as schema from "@grafana/schema";
import type * as barGauge from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type * as heatmap from "@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as timeline from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type * as timeSeries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/// As JSON has it: the values of enums in place of the enums.
type Json<T> = T extends string
    ? `${T}`
    : T extends number
      ? `${T}` extends `${infer N extends number}`
          ? N
          : number
      : T extends (infer Item)[]
        ? Json<Item>[]
        : T extends object
          ? { [Key in keyof T]: Json<T[Key]> }
          : T;

type Require<T, Keys extends keyof T> = Omit<T, Keys> & { [Key in Keys]-?: NonNullable<T[Key]> };

/// Of the data source that the reader chooses at the top of the dashboard.
interface DataSource {
    type: "prometheus";
    uid: "${datasource}";
}

/// The schema leaves queries to the data source's plugin.
interface Query extends Omit<schema.DataQuery, "datasource" | "key" | "queryType"> {
    datasource: DataSource;
    expr: string;
    editorMode: "code";
    legendFormat?: string;
    format?: "time_series" | "table" | "heatmap";
    instant?: boolean;
    range?: boolean;
    interval?: string;
}

type Property<Values> = { [Key in keyof Values & string]-?: { id: Key; value: NonNullable<Values[Key]> } }[keyof Values &
    string];
type CustomProperty<Custom> = {
    [Key in keyof Custom & string]-?: { id: `custom.${Key}`; value: NonNullable<Custom[Key]> };
}[keyof Custom & string];

interface Override<Custom> {
    matcher: { id: "byName" | "byRegexp" | "byFrameRefID"; options: string };
    properties: (Property<Omit<schema.FieldConfig, "custom">> | CustomProperty<Custom>)[];
}

interface Fields<Custom> {
    defaults: Omit<schema.FieldConfig, "custom"> & { custom?: Custom };
    overrides: Override<Custom>[];
}

interface Transformation extends Omit<schema.DataTransformerConfig, "id" | "options"> {
    id: "merge" | "organize";
    options: Record<string, unknown>;
}

type Described = "description" | "gridPos" | "id" | "title";
type PanelBase = Require<
    Omit<schema.Panel, "type" | "options" | "fieldConfig" | "targets" | "datasource" | "transformations" | "pluginVersion">,
    Described
>;
type Of<Type extends string, Options, Custom> = Json<
    PanelBase & {
        type: Type;
        datasource: DataSource;
        options: Options;
        fieldConfig: Fields<Custom>;
        targets: Query[];
        transformations?: Transformation[];
    }
>;

export type StatPanel = Of<"stat", stat.Options, Record<string, never>>;
export type BarGaugePanel = Of<"bargauge", barGauge.Options, Record<string, never>>;
export type TimeSeriesPanel = Of<"timeseries", timeSeries.Options, timeSeries.FieldConfig>;
export type StateTimelinePanel = Of<"state-timeline", timeline.Options, timeline.FieldConfig>;
export type TablePanel = Of<"table", schema.TableOptions, schema.TableFieldOptions>;
export type HeatmapPanel = Of<"heatmap", heatmap.Options, heatmap.FieldConfig>;

export type Row = Json<Require<Omit<schema.RowPanel, "datasource" | "repeat">, "gridPos" | "title">> & { panels: [] };

export type Annotation = Json<
    Omit<schema.AnnotationQuery, "datasource" | "target" | "type" | "filter" | "snapshotData"> & {
        datasource: DataSource;
        expr: string;
        titleFormat: string;
        textFormat: string;
        useValueForTime?: boolean;
        tagKeys?: string;
        step?: string;
    }
>;

interface VariableQuery {
    query: string;
    refId: string;
    qryType?: number;
}
export type Variable = Json<
    Require<Omit<schema.VariableModel, "current" | "datasource" | "query" | "type">, "label" | "description"> & {
        current: schema.VariableOption | Record<string, never>;
    } & (
            | { type: "datasource"; query: "prometheus" }
            | { type: "query"; datasource: DataSource; query: VariableQuery; definition: string }
        )
>;

export type Frame = Json<
    Require<
        Omit<schema.Dashboard, "panels" | "annotations" | "templating" | "snapshot">,
        "description" | "refresh" | "schemaVersion" | "tags" | "time" | "title" | "uid"
    >
>;
